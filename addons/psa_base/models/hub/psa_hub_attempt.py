from odoo import api, fields, models
from odoo.exceptions import UserError

from ...exceptions import ERROR_CLASSES


class PsaHubAttempt(models.Model):
    """One try to work or send a message, and how it ended. Rows are only added."""

    _name = "psa.hub.attempt"
    _description = "Attempt at a message"
    _order = "id desc"
    _rec_name = "started_at"

    inbox_id = fields.Many2one("psa.hub.inbox", string="Message", readonly=True, index=True, ondelete="restrict")
    outbox_id = fields.Many2one(
        "psa.hub.outbox", string="Message to send", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    started_at = fields.Datetime(string="Started", required=True, readonly=True, index=True)
    duration_ms = fields.Integer(string="Took (ms)", readonly=True)
    result = fields.Selection(
        [("done", "Done"), ("dead", "Dead letter"), ("error", "Error")], required=True, readonly=True
    )
    error_class = fields.Selection(ERROR_CLASSES, string="Kind of failure", readonly=True)
    error_type = fields.Char(string="Error", readonly=True, help="The name of the exception in the program.")
    status_code = fields.Integer(string="Answer's status", readonly=True, help="The HTTP status of the other system.")
    node = fields.Char(readonly=True, help="The machine and process that made the try.")
    detail = fields.Text(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Replayed by", readonly=True, help="Empty when the system worked it by itself."
    )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Attempts are a record of what happened: they cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Attempts are a record of what happened: they cannot be deleted."))
