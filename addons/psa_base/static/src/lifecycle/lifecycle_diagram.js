import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {layOut, NODE} from "./diagram_layout";
import {LIFECYCLE_DEPENDENCIES, useLifecycleStore} from "./lifecycle_store";
import {RoleChips} from "./role_chips";

/** A lifecycle as a picture. Pointing at a stage or tabbing to it highlights its ways in and out. */
export class LifecycleDiagram extends Component {
    static template = "psa_base.LifecycleDiagram";
    static components = {RoleChips};
    static props = {
        draft: Object,
        currentStageId: {type: Number, optional: true},
        isQuiet: {type: Boolean, optional: true},
    };

    setup() {
        this.node = NODE;
        this.state = useState({stageId: this.props.currentStageId || false, key: false});
    }

    get picture() {
        const {stages, moves, matrix} = this.props.draft;
        const {nodes, arcs, ...size} = layOut(stages, moves);
        return {
            ...size,
            nodes: nodes.map((node) => ({
                ...node,
                lines: this.wrap(node.name),
                isFirst: node.id === matrix.first_stage_id,
                isCurrent: node.id === this.props.currentStageId,
                label: this.describeStage(node),
            })),
            // What is highlighted is drawn last, over the rest.
            arcs: arcs
                .map((arc) => ({
                    ...arc,
                    isOut: this.state.key ? arc.key === this.state.key : arc.fromId === this.state.stageId,
                    isIn: !this.state.key && arc.toId === this.state.stageId,
                    isLocked: arc.gates.some((gate) => gate.mode !== "warn"),
                    isFlagged: arc.gates.some((gate) => gate.mode === "warn"),
                }))
                .sort((a, b) => a.isOut + a.isIn - b.isOut - b.isIn),
        };
    }

    /** The moves to explain below the picture: the move pointed at, or those out of the stage pointed at. */
    get details() {
        const {draft} = this.props;
        return draft.moves
            .filter((move) => (this.state.key ? move.key === this.state.key : move.fromId === this.state.stageId))
            .filter((move) => move.allowed)
            .map((move) => ({...move, from: draft.getStage(move.fromId), to: draft.getStage(move.toId)}));
    }

    get shownStage() {
        return this.state.stageId && this.props.draft.getStage(this.state.stageId);
    }

    describeStage(stage) {
        const {draft} = this.props;
        const targets = draft.moves
            .filter((move) => move.fromId === stage.id && move.allowed)
            .map((move) => draft.getStage(move.toId).name);
        return targets.length
            ? _t("%(stage)s, leads to %(targets)s", {stage: stage.name, targets: targets.join(", ")})
            : stage.name;
    }

    /** A name in two lines at most, of about the same length. */
    wrap(name) {
        const words = name.split(" ");
        if (name.length <= 12 || words.length === 1) {
            return [name];
        }
        const cuts = words
            .slice(1)
            .map((word, index) => [words.slice(0, index + 1).join(" "), words.slice(index + 1).join(" ")]);
        const longest = (lines) => Math.max(...lines.map((line) => line.length));
        return cuts.reduce((best, cut) => (longest(cut) < longest(best) ? cut : best));
    }

    showStage(stageId) {
        Object.assign(this.state, {stageId, key: false});
    }

    showMove(key) {
        this.state.key = key;
    }
}

/** The picture as a tab of the lifecycle's form, with the changes that are not saved. */
export class LifecycleDiagramTab extends Component {
    static template = "psa_base.LifecycleDiagramTab";
    static components = {LifecycleDiagram};
    static props = standardWidgetProps;

    setup() {
        this.store = useLifecycleStore();
    }

    get draft() {
        const draft = this.store.getDraft(this.props.record.resId);
        return draft?.isLoaded ? draft : null;
    }
}

registry.category("view_widgets").add("psa_lifecycle_diagram", {
    component: LifecycleDiagramTab,
    fieldDependencies: LIFECYCLE_DEPENDENCIES,
});
