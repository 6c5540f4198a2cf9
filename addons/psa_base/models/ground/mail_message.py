from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.origin import find_request_id

# What a message says, who says it, where, and by which request.
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
        help="X-Request-Id of the API's request that made it, as it is in the answer and the log.",
    )

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
