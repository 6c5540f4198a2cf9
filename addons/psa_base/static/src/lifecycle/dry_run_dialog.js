import {Component, onWillStart, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";

/** What changed rules would have done to the moves of the last weeks, before they are saved. */
export class DryRunDialog extends Component {
    static template = "psa_base.DryRunDialog";
    static components = {Dialog};
    static props = {
        close: Function,
        preview: Function,
        save: Function,
    };

    setup() {
        this.state = useState({reason: "", isBusy: false});
        onWillStart(async () => {
            this.result = await this.props.preview();
        });
    }

    get title() {
        return _t("What would it have done in the last %s days?", this.result.days);
    }

    async save() {
        this.state.isBusy = true;
        try {
            await this.props.save(this.state.reason);
        } finally {
            this.props.close();
        }
    }
}
