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
    techsource_billed_time_ids = fields.One2many(
        "techsource.billed.time", "move_line_id", string="Billed time", readonly=True, copy=False
    )
