from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    techsource_svr_id = fields.Many2one(
        "techsource.svr",
        string="Service report",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
        help="The approved report that the line bills.",
    )
    techsource_time_ids = fields.Many2many(
        "account.analytic.line",
        "techsource_billed_time_rel",
        "move_line_id",
        "time_id",
        string="Billed time",
        readonly=True,
        copy=False,
        help="The approved time entries that the line bills.",
    )

    def init(self):
        super().init()
        # The books' own guard, whatever billing does: no time entry is on two invoice lines.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS techsource_billed_time_uniq"
            " ON techsource_billed_time_rel (time_id)"
        )
