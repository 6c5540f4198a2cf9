from odoo import fields, models

from odoo.addons.psa_base.series import Constraint


class TechsourceBilledTime(models.Model):
    """A time entry on the invoice line that bills it: the database takes no second one for the entry.

    Deleting the draft invoice deletes it, and the time can be billed again.
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
