from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.origin import find_request_id

# The fields that say what a message says, who wrote it, when, where, and by which request.
TOLD_FIELDS = frozenset(
    {
        "author_id",
        "body",
        "date",
        "email_from",
        "message_type",
        "model",
        "request_id",
        "res_id",
        "subject",
        "tracking_value_ids",
    }
)


class MailMessage(models.Model):
    _inherit = "mail.message"

    request_id = fields.Char(
        "API request",
        default=lambda self: find_request_id(),
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="X-Request-Id of the API request that wrote the message. The answer and the log have it, too.",
    )

    def write(self, vals):
        if not TOLD_FIELDS.isdisjoint(vals):
            self._check_log_is_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept_log(self):
        self._check_log_is_kept()

    def _check_log_is_kept(self):
        """Refuse to change or delete what the system logged. Odoo allows that to everybody who may edit the ticket."""
        if self.env.su:
            return
        # sudo: messages that the user may not read are protected, too.
        logged = self.sudo().filtered(lambda message: message.message_type == "notification")
        if any(getattr(self.env.get(message.model), "_is_log_kept", False) for message in logged):
            raise UserError(self.env._("What was logged cannot be changed or deleted. Add a note instead."))
