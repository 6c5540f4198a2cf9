import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {RoleChips} from "./role_chips";

/** One move: whether it is allowed, to whom, and what a ticket needs for it. */
export class MoveDialog extends Component {
    static template = "psa_base.MoveDialog";
    static components = {Dialog, RoleChips};
    static props = {
        close: Function,
        draft: Object,
        fromStage: Object,
        toStage: Object,
    };

    setup() {
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.draft = useState(this.props.draft);
        const cell = this.draft.getCell(this.props.fromStage.id, this.props.toStage.id);
        this.state = useState({
            // Whoever opens an empty cell wants the move.
            allowed: cell.allowed || this.canEdit,
            group_ids: cell.roles.map((role) => role.id),
            gate_ids: cell.gates.map((gate) => gate.id),
            search: "",
        });
        this.wasAllowed = cell.allowed;
    }

    get canEdit() {
        return this.draft.canEdit;
    }

    get title() {
        return `${this.props.fromStage.name} → ${this.props.toStage.name}`;
    }

    get roles() {
        return this.draft.matrix.roles;
    }

    /** The gates that match the search; those on the move stay in sight. */
    get gates() {
        const wanted = this.state.search.trim().toLowerCase();
        return Object.values(this.draft.gates)
            .filter(
                ({id, name, message}) =>
                    this.state.gate_ids.includes(id) ||
                    (this.canEdit && `${name} ${message}`.toLowerCase().includes(wanted))
            )
            .map((gate) => ({...gate, effect: gate.mode === "warn" ? _t("Warns") : _t("Stops the move")}));
    }

    toggle(list, id) {
        const ids = this.state[list];
        this.state[list] = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
    }

    createGate() {
        this.dialog.add(FormViewDialog, {
            resModel: "psa.lifecycle.gate",
            title: _t("New gate"),
            onRecordSaved: async (record) => {
                const [gate] = await this.orm.read("psa.lifecycle.gate", [record.resId], ["name", "message", "mode"]);
                this.draft.addGate(gate);
                this.state.gate_ids = [...this.state.gate_ids, gate.id];
            },
        });
    }

    apply() {
        const {allowed, group_ids, gate_ids} = this.state;
        this.draft.setCell(this.props.fromStage.id, this.props.toStage.id, {
            allowed,
            group_ids: allowed ? [...group_ids] : [],
            gate_ids: allowed ? [...gate_ids] : [],
        });
        this.props.close();
    }
}
