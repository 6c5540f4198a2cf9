import {Component, useRef, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {LIFECYCLE_DEPENDENCIES, useLifecycleStore} from "./lifecycle_store";
import {MoveDialog} from "./move_dialog";
import {RoleChips} from "./role_chips";

const STEPS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};

/** The moves of a lifecycle as a table: a row for the stage left, a column for the stage entered. */
export class LifecycleMatrix extends Component {
    static template = "psa_base.LifecycleMatrix";
    static components = {Dropdown, DropdownItem, RoleChips};
    static props = standardWidgetProps;

    setup() {
        this.store = useLifecycleStore();
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.grid = useRef("grid");
        // The Tab key stops at this one cell only; from there, the arrow keys move on.
        this.focus = useState({row: 0, column: 1});
    }

    get draft() {
        return this.store.getDraft(this.props.record.resId);
    }

    get isReady() {
        return Boolean(this.draft?.isLoaded);
    }

    get rows() {
        const stages = this.draft.stages;
        return stages.map((stage, row) => ({
            ...stage,
            isFirst: stage.id === this.draft.matrix.first_stage_id,
            note: this.getNote(stage),
            removeLabel: _t("Take %s out of the lifecycle", stage.name),
            cells: stages.map((target, column) => this.getCell(stage, target, row, column)),
        }));
    }

    getNote(stage) {
        if (stage.id === this.draft.matrix.first_stage_id) {
            return _t("First stage");
        }
        if (stage.closed) {
            return _t("Closes the ticket");
        }
        return stage.ticket_count === 1 ? _t("1 ticket") : stage.ticket_count && _t("%s tickets", stage.ticket_count);
    }

    get oversights() {
        const {unreached, deadEnds} = this.draft.oversights;
        const names = (stages) => stages.map((stage) => stage.name).join(", ");
        const lines = [];
        if (unreached.length) {
            lines.push(_t("No ticket gets to: %s.", names(unreached)));
        }
        if (deadEnds.length) {
            lines.push(_t("Open tickets cannot leave: %s.", names(deadEnds)));
        }
        return lines;
    }

    getCell(from, to, row, column) {
        const cell = this.draft.getCell(from.id, to.id);
        return {
            ...cell,
            from,
            to,
            row,
            column,
            isSelf: from.id === to.id,
            icon: row < column ? "fa-long-arrow-right" : "fa-long-arrow-left",
            blocks: cell.gates.filter((gate) => gate.mode !== "warn"),
            warns: cell.gates.filter((gate) => gate.mode === "warn"),
            label: this.describe(from, to, cell),
        };
    }

    /** The cell in words, as its tooltip and for screen readers. */
    describe(from, to, cell) {
        if (from.id === to.id) {
            return from.name;
        }
        const parts = [`${from.name} → ${to.name}`];
        if (cell.allowed) {
            const names = (records) => records.map((record) => record.name).join(", ");
            parts.push(_t("Roles: %s", names(cell.roles) || _t("only the system")));
            if (cell.gates.length) {
                parts.push(_t("Gates: %s", names(cell.gates)));
            }
        } else {
            parts.push(_t("Not allowed"));
        }
        if (cell.isChanged) {
            parts.push(_t("Changed, not saved"));
        }
        return parts.join("\n");
    }

    onKeydown(ev, cell) {
        const step = STEPS[ev.key];
        if (step) {
            const last = this.draft.stages.length - 1;
            const clamp = (value) => Math.min(Math.max(value, 0), last);
            this.moveFocus(clamp(cell.row + step[0]), clamp(cell.column + step[1]));
        } else if (ev.key === "Delete" && cell.allowed && this.draft.canEdit) {
            this.draft.setCell(cell.from.id, cell.to.id, {allowed: false, group_ids: [], gate_ids: []});
        } else {
            return;
        }
        ev.preventDefault();
    }

    moveFocus(row, column) {
        Object.assign(this.focus, {row, column});
        this.grid.el.querySelector(`[data-cell="${row}-${column}"]`).focus();
    }

    openCell(cell) {
        if (cell.isSelf) {
            return;
        }
        Object.assign(this.focus, {row: cell.row, column: cell.column});
        this.dialog.add(MoveDialog, {
            draft: this.draft,
            fromStage: cell.from,
            toStage: cell.to,
        });
    }

    addStage(stage) {
        this.draft.addStage(stage);
    }

    createStage() {
        this.dialog.add(FormViewDialog, {
            resModel: "helpdesk.ticket.stage",
            title: _t("New stage"),
            onRecordSaved: async (record) => {
                const [stage] = await this.orm.read(
                    "helpdesk.ticket.stage",
                    [record.resId],
                    ["name", "sequence", "closed"]
                );
                this.draft.addStage({...stage, ticket_count: 0});
            },
        });
    }

    removeStage(stage) {
        const hasMoves = this.draft.moves.some(
            (move) => move.allowed && (move.fromId === stage.id || move.toId === stage.id)
        );
        if (!hasMoves && !stage.ticket_count) {
            return this.draft.removeStage(stage.id);
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Take %s out of the lifecycle?", stage.name),
            body: stage.ticket_count
                ? _t(
                      "All moves to and from it go. %s tickets are in this stage: from there they can only start again in the first stage.",
                      stage.ticket_count
                  )
                : _t("All moves to and from it go. Nothing is saved yet."),
            confirmLabel: _t("Take out"),
            confirm: () => this.draft.removeStage(stage.id),
            cancel: () => {},
        });
    }
}

registry.category("view_widgets").add("psa_lifecycle_matrix", {
    component: LifecycleMatrix,
    fieldDependencies: LIFECYCLE_DEPENDENCIES,
});
