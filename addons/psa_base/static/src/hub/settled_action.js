import {registry} from "@web/core/registry";

const MODEL = "psa.hub.dead.letter";
const RELOAD = {type: "ir.actions.client", tag: "soft_reload"};

/** After a replay: reload the page, or go back when the letter on it is no dead letter any more. */
async function showWhatIsLeft(env) {
    const {action, orm} = env.services;
    const controller = action.currentController;
    const letterId = controller?.view?.type === "form" && controller.props.resModel === MODEL && controller.props.resId;
    const resId = letterId && (controller.currentState?.resId || letterId);
    if (!resId || (await orm.searchCount(MODEL, [["id", "=", resId]]))) {
        return action.doAction(RELOAD);
    }
    try {
        await action.restore();
    } catch {
        await action.doAction("psa_base.psa_hub_dead_letter_action", {clearBreadcrumbs: true});
    }
}

registry.category("actions").add("psa_hub_settled", showWhatIsLeft);
