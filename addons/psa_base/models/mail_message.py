from odoo import api, models
from odoo.exceptions import UserError

# What a message says, who says it, and where.
TOLD_FIELDS = frozenset(
    {"author_id", "body", "date", "email_from", "message_type", "model", "res_id", "subject", "tracking_value_ids"}
)


class MailMessage(models.Model):
    _inherit = "mail.message"

    def write(self, vals):
        if not TOLD_FIELDS.isdisjoint(vals):
            self._check_log_is_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept_log(self):
        self._check_log_is_kept()

    def _check_log_is_kept(self):
        """Refuse to change what the system logged: mail lets whoever may edit a ticket edit its messages."""
        if self.env.su:
            return
        # sudo: the verdict does not depend on which messages the user may read.
        logged = self.sudo().filtered(lambda message: message.message_type == "notification")
        if any(getattr(self.env.get(message.model), "_is_log_kept", False) for message in logged):
            raise UserError(self.env._("What was logged cannot be changed or deleted. Add a note instead."))
