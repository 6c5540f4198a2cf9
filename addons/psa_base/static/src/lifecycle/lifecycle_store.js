import {reactive, toRaw, useComponent, useState} from "@odoo/owl";
import {useRecordObserver} from "@web/model/relational_model/utils";

/** What a cell of the matrix is until somebody changes it: a move that is not allowed. */
const FORBIDDEN = {allowed: false, group_ids: [], gate_ids: []};

export function cellKey(fromId, toId) {
    return `${fromId}-${toId}`;
}

function isSame(one, other) {
    const asText = ({allowed, group_ids, gate_ids}) =>
        JSON.stringify(allowed ? [[...group_ids].sort(), [...gate_ids].sort()] : false);
    return asText(one) === asText(other);
}

/** One lifecycle: its rules as saved, and what the user has changed since without saving. */
export class LifecycleDraft {
    constructor() {
        this.isLoaded = false;
        this.changes = {};
        this.addedStages = [];
        this.removedIds = [];
    }

    setMatrix(matrix) {
        this.matrix = matrix;
        this.saved = {};
        for (const {from_id, to_id, group_ids, gate_ids} of matrix.moves) {
            this.saved[cellKey(from_id, to_id)] = {allowed: true, group_ids, gate_ids};
        }
        this.gates = Object.fromEntries(matrix.gates.map((gate) => [gate.id, gate]));
        this.roles = Object.fromEntries(matrix.roles.map((role) => [role.id, role]));
        this.isLoaded = true;
    }

    discard() {
        this.changes = {};
        this.addedStages = [];
        this.removedIds = [];
    }

    get canEdit() {
        return this.isLoaded && this.matrix.can_edit;
    }

    get hasChanges() {
        return Object.keys(this.changes).length > 0;
    }

    /** The stages in the order of the work; the first stage of the lifecycle comes first. */
    get stages() {
        const {stages, first_stage_id: firstId} = this.matrix;
        return [...stages, ...this.addedStages]
            .filter((stage) => !this.removedIds.includes(stage.id))
            .sort((a, b) => (b.id === firstId) - (a.id === firstId) || a.sequence - b.sequence || a.id - b.id);
    }

    get otherStages() {
        const shown = this.stages.map((stage) => stage.id);
        return [...this.matrix.stages, ...this.matrix.other_stages].filter((stage) => !shown.includes(stage.id));
    }

    /** The moves as they would be after saving; those that saving would remove are marked. */
    get moves() {
        const keys = new Set([...Object.keys(this.saved), ...Object.keys(this.changes)]);
        return [...keys].map((key) => {
            const [fromId, toId] = key.split("-").map(Number);
            return {key, fromId, toId, ...this.getCell(fromId, toId)};
        });
    }

    getStage(id) {
        return [...this.matrix.stages, ...this.addedStages, ...this.matrix.other_stages].find(
            (stage) => stage.id === id
        );
    }

    getCell(fromId, toId) {
        const key = cellKey(fromId, toId);
        const saved = this.saved[key] || FORBIDDEN;
        const cell = this.changes[key] || saved;
        return {
            allowed: cell.allowed,
            roles: cell.group_ids.map((id) => this.roles[id]).filter(Boolean),
            gates: cell.gate_ids.map((id) => this.gates[id]).filter(Boolean),
            wasAllowed: saved.allowed,
            isChanged: key in this.changes,
        };
    }

    setCell(fromId, toId, cell) {
        const key = cellKey(fromId, toId);
        if (isSame(cell, this.saved[key] || FORBIDDEN)) {
            delete this.changes[key];
        } else {
            this.changes[key] = cell;
        }
    }

    addStage(stage) {
        this.removedIds = this.removedIds.filter((id) => id !== stage.id);
        if (!this.stages.some((shown) => shown.id === stage.id)) {
            this.addedStages.push(stage);
        }
    }

    /** A stage is part of a lifecycle by its moves: take them away, and the stage is gone from it. */
    removeStage(stageId) {
        for (const {fromId, toId} of this.moves) {
            if (fromId === stageId || toId === stageId) {
                this.setCell(fromId, toId, FORBIDDEN);
            }
        }
        this.addedStages = this.addedStages.filter((stage) => stage.id !== stageId);
        this.removedIds.push(stageId);
    }

    addGate(gate) {
        this.gates[gate.id] = gate;
    }

    toServer() {
        return Object.entries(this.changes).map(([key, {allowed, group_ids, gate_ids}]) => {
            const [from_id, to_id] = key.split("-").map(Number);
            return {from_id, to_id, allowed, group_ids: [...group_ids], gate_ids: [...gate_ids]};
        });
    }

    /** What looks like an oversight: stages that no ticket reaches, and open stages without a way out. */
    get oversights() {
        const allowed = this.moves.filter((move) => move.allowed);
        const reached = new Set([this.matrix.first_stage_id]);
        // The loop also visits the stages that it adds to the set.
        for (const stageId of reached) {
            allowed.filter((move) => move.fromId === stageId).forEach((move) => reached.add(move.toId));
        }
        const leavable = new Set(allowed.map((move) => move.fromId));
        return {
            unreached: this.stages.filter((stage) => !reached.has(stage.id)),
            deadEnds: this.stages.filter((stage) => reached.has(stage.id) && !stage.closed && !leavable.has(stage.id)),
        };
    }
}

/** The lifecycles that a form has shown, by id. All tabs of the form share them, and paging keeps them. */
class LifecycleStore {
    constructor(orm) {
        this.orm = orm;
        this.drafts = {};
    }

    getDraft(id) {
        return this.drafts[id];
    }

    get hasChanges() {
        return Object.values(this.drafts).some((draft) => draft.hasChanges);
    }

    /** Fetch the rules unless they are known as of `stamp`, the time of the form's last change. */
    async load(id, stamp) {
        const draft = (this.drafts[id] ||= new LifecycleDraft());
        if (draft.stamp !== stamp || !stamp) {
            draft.stamp = stamp;
            draft.loading = this.orm.call("psa.lifecycle", "get_matrix", [[id]]);
        }
        const matrix = await draft.loading;
        // The user's changes are of the rules that they saw: when others changed these, saving says so.
        if (!draft.hasChanges || matrix.token === draft.matrix.token) {
            this.drafts[id].setMatrix(matrix);
        }
    }

    async save(id, reason) {
        const draft = this.drafts[id];
        const matrix = await this.orm.call("psa.lifecycle", "save_matrix", [[id]], {
            changes: draft.toServer(),
            token: draft.matrix.token,
            reason: reason || false,
        });
        draft.discard();
        draft.setMatrix(matrix);
    }

    preview(id) {
        return this.orm.call("psa.lifecycle", "preview_matrix", [[id]], {changes: this.drafts[id].toServer()});
    }

    async discard(id) {
        this.drafts[id].discard();
        await this.load(id);
    }

    forget() {
        this.drafts = {};
    }
}

// One for each model instance of a form view, which lives as long as the form.
const stores = new WeakMap();

/** The field that a widget needs on the form for the hook below. */
export const LIFECYCLE_DEPENDENCIES = [{name: "write_date", type: "datetime"}];

/** The store of the form that the component is a widget of, kept up to date with the form's record. */
export function useLifecycleStore() {
    const {props, env} = useComponent();
    const formModel = toRaw(props.record.model);
    if (!stores.has(formModel)) {
        // The service itself, not the component's copy of it: the store outlives the tab that made it.
        stores.set(formModel, reactive(new LifecycleStore(env.services.orm)));
    }
    const store = useState(stores.get(formModel));
    useRecordObserver((record) => {
        // A record that is not saved has no time yet.
        const stamp = Number(record.data.write_date) || 0;
        return record.resId && store.load(record.resId, stamp);
    });
    return store;
}
