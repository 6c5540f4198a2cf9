from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def signup_prepare(self, signup_type="signup"):
        """Write only where it changes something, because every mail about a ticket calls this.

        Two tickets of one client that are made at the same time would otherwise both write the client, and one of the
        two transactions would have to start again.
        """
        changing = self.filtered(lambda partner: partner.signup_type != signup_type)
        return super(ResPartner, changing).signup_prepare(signup_type)
