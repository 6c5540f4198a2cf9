from odoo import api, models


class PsaHubDeviceMendMixin(models.AbstractModel):
    """Mends of messages about a device of which nobody is sure which asset it is: a person says it."""

    _name = "psa.hub.device.mend.mixin"
    _description = "Mends of messages about devices"
    _inherit = "psa.hub.mend.mixin"

    def _mend_match_device(self):
        return self.env["psa.asset.match"]._open(self)

    def _mend_move_asset(self):
        return self.env["psa.asset.match"]._open(self)

    def _mend_find_device(self):
        return self.env["psa.asset.match"]._open(self)

    @api.model
    def _get_mend_labels(self):
        return {
            **super()._get_mend_labels(),
            "match_device": self.env._("Say which asset it is"),
            "move_asset": self.env._("Say whose asset it is"),
            "find_device": self.env._("Find its asset"),
        }
