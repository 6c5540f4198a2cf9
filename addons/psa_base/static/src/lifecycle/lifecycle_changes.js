import {Component, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {DryRunDialog} from "./dry_run_dialog";
import {LIFECYCLE_DEPENDENCIES, useLifecycleStore} from "./lifecycle_store";

/**
 * The bar that tells of changes in the matrix that are not saved. It stands outside of the tabs, so that
 * people see it, and are asked before they leave, whichever tab is open.
 */
export class LifecycleChanges extends Component {
    static template = "psa_base.LifecycleChanges";
    static props = standardWidgetProps;

    setup() {
        this.store = useLifecycleStore();
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.state = useState({isBusy: false});
        useSetupAction({
            beforeLeave: () => this.confirmLeaving(),
            beforeUnload: (ev) => {
                if (this.store.hasChanges) {
                    ev.preventDefault();
                    ev.returnValue = _t("Changes of the lifecycle are not saved.");
                }
            },
        });
    }

    get draft() {
        return this.store.getDraft(this.props.record.resId);
    }

    get count() {
        return Object.keys(this.draft?.changes || {}).length;
    }

    get summary() {
        return this.count === 1 ? _t("1 change, not saved") : _t("%s changes, not saved", this.count);
    }

    confirmLeaving() {
        if (!this.store.hasChanges) {
            return true;
        }
        return new Promise((resolve) => {
            this.dialog.add(ConfirmationDialog, {
                title: _t("Leave without saving?"),
                body: _t("You have changed the moves of the lifecycle and have not saved them."),
                confirmLabel: _t("Discard and leave"),
                confirm: () => {
                    this.store.forget();
                    resolve(true);
                },
                cancelLabel: _t("Stay here"),
                cancel: () => resolve(false),
            });
        });
    }

    openDryRun() {
        this.dialog.add(DryRunDialog, {
            preview: () => this.store.preview(this.draft.matrix.id),
            save: (reason) => this.save(reason),
        });
    }

    async save(reason) {
        this.state.isBusy = true;
        try {
            // Other changes on the form are saved first: the moves may depend on them.
            if (await this.props.record.save()) {
                await this.store.save(this.props.record.resId, reason);
                await this.props.record.load();
                this.notification.add(_t("The moves of the lifecycle are saved and hold from now on."), {
                    type: "success",
                });
            }
        } finally {
            this.state.isBusy = false;
        }
    }

    discard() {
        return this.store.discard(this.props.record.resId);
    }
}

registry.category("view_widgets").add("psa_lifecycle_changes", {
    component: LifecycleChanges,
    fieldDependencies: LIFECYCLE_DEPENDENCIES,
});
