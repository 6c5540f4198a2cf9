from odoo import models


class ResPartner(models.Model):
    """A client whose systems are told of events while the client is active."""

    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            self.env["psa.api.subscription"]._forget_listeners_of(self)
        return result
