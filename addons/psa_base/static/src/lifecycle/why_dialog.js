import {Component, onWillStart} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {LifecycleDraft} from "./lifecycle_store";
import {LifecycleDiagram} from "./lifecycle_diagram";
import {showField} from "./show_field";

/** For each stage that may follow: what the ticket still lacks for it, and a button to where that can be mended. */
export class WhyDialog extends Component {
    static template = "psa_base.WhyDialog";
    static components = {Dialog, LifecycleDiagram};
    static props = {
        close: Function,
        record: Object,
        lifecycleId: Number,
        stageId: Number,
        move: Function,
        mend: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.draft = new LifecycleDraft();
        onWillStart(async () => {
            const [nextStages, matrix] = await Promise.all([
                this.orm.call("helpdesk.ticket", "get_next_stages", [[this.props.record.resId]]),
                this.orm.call("psa.lifecycle", "get_matrix", [[this.props.lifecycleId]]),
            ]);
            this.draft.setMatrix(matrix);
            this.nextStages = nextStages.map((next) => ({...next, ...this.sortItems(next)}));
        });
    }

    /** The gates of a stage: those that stop the move before those that only warn, each with all its fixes. */
    sortItems({items, role_ok, roles}) {
        const gates = new Map();
        for (const {gate_id, message, mode, fix} of items) {
            const gate = gates.get(gate_id) || {id: gate_id, message, isWarning: mode === "warn", fixes: []};
            gate.fixes.push(...(fix ? [fix] : []));
            gates.set(gate_id, gate);
        }
        const sorted = [...gates.values()].sort((a, b) => a.isWarning - b.isWarning);
        const role =
            !role_ok &&
            _t("Your role may not make this move. Roles that may: %s.", roles.join(", ") || _t("only the system"));
        return {gates: sorted, role, isWarned: sorted.some((gate) => gate.isWarning)};
    }

    async move(next) {
        this.props.close();
        await this.props.move(next.stage);
    }

    async mend(fix) {
        this.props.close();
        await this.props.mend(fix);
    }
}

/** The button in the header of a ticket that opens the dialog. */
export class WhyButton extends Component {
    static template = "psa_base.WhyButton";
    static props = standardWidgetProps;

    setup() {
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
    }

    async open() {
        const {record} = this.props;
        // The answer is about the ticket as it is saved.
        if (!(await record.save())) {
            return;
        }
        const [ticket] = await this.orm.read("helpdesk.ticket", [record.resId], ["stage_id", "lifecycle_id"]);
        this.dialog.add(WhyDialog, {
            record,
            lifecycleId: ticket.lifecycle_id[0],
            stageId: ticket.stage_id[0],
            move: (stage) => this.move(stage),
            mend: (fix) => this.mend(fix),
        });
    }

    async move(stage) {
        const {record} = this.props;
        await this.orm.write("helpdesk.ticket", [record.resId], {stage_id: stage.id});
        await record.load();
    }

    async mend(fix) {
        if (fix.action) {
            return this.action.doAction(fix.action, {onClose: () => this.props.record.load()});
        }
        if (!(await showField(fix.field, this.env.config.viewArch))) {
            this.notification.add(_t("This form does not show %s.", fix.label), {type: "warning"});
        }
    }
}

registry.category("view_widgets").add("psa_why_button", {component: WhyButton});
