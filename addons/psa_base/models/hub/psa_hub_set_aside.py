from odoo import fields, models
from odoo.exceptions import UserError


class PsaHubSetAside(models.TransientModel):
    """The dialog that asks for a reason and sets dead letters aside."""

    _name = "psa.hub.set.aside"
    _description = "Set dead letters aside"

    message_ids = fields.Json(string="Messages", required=True, readonly=True)
    reason = fields.Text(required=True, help="Why nobody needs them. Kept on each message and in the audit.")

    def action_set_aside(self):
        self.ensure_one()
        reason = self.reason.strip()
        if not reason:
            raise UserError(self.env._("Say why nobody needs these messages."))
        messages = self.env["psa.hub.inbox"].browse(self.message_ids)._set_aside(reason)
        return messages._get_notification(self.env._("Set aside: %s.", len(messages)), "success")
