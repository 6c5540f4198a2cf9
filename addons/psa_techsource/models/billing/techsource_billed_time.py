from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.psa_base.series import Constraint


class TechsourceBilledTime(models.Model):
    """A time entry on the invoice line that bills it. The database refuses a second row for the same entry.

    The row goes with its draft invoice when that is deleted, and the time can be billed again.
    """

    _name = "techsource.billed.time"
    _description = "Billed time"
    _rec_name = "time_id"
    _order = "id"

    move_line_id = fields.Many2one(
        "account.move.line", string="Invoice line", required=True, index=True, ondelete="cascade"
    )
    time_id = fields.Many2one("account.analytic.line", string="Time entry", required=True, ondelete="restrict")

    _time_uniq = Constraint("unique(time_id)", "This time is on an invoice already.")

    @api.constrains("time_id")
    def _check_time_is_approved(self):
        if waiting := self.time_id.filtered(lambda time: time.approval_state != "approved"):
            raise ValidationError(
                self.env._("“%s” is not approved, so it cannot be billed. Approve the time first.", waiting[0].name)
            )
