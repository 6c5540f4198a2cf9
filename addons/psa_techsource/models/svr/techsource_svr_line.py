from odoo import fields, models


class TechsourceSvrLine(models.Model):
    """One time entry as the client was shown it: a copy that later edits of the entry do not reach."""

    _name = "techsource.svr.line"
    _description = "Service report line"
    _inherit = ["techsource.svr.evidence.mixin"]
    _order = "date, id"

    svr_id = fields.Many2one("techsource.svr", required=True, index=True, ondelete="cascade")
    time_id = fields.Many2one(
        "account.analytic.line",
        string="Time entry",
        index="btree_not_null",
        ondelete="set null",
        help="The entry that the line was copied from. Billing asks it whether it is approved.",
    )
    date = fields.Date(required=True)
    engineer = fields.Char(required=True)
    name = fields.Char(string="Description", required=True)
    hours = fields.Float(required=True)
    approval_state = fields.Selection(
        related="time_id.approval_state", string="Time approval", groups="base.group_user"
    )

    def _get_content(self):
        """Return what the client was shown of these lines, for the report's hash."""
        return [
            {
                "date": line.date.isoformat(),
                "engineer": line.engineer,
                "description": line.name,
                "hours": f"{line.hours:.4f}",
            }
            for line in self
        ]
