from odoo import fields, models


class ContractLine(models.Model):
    _inherit = "contract.line"

    is_managed_seat = fields.Boolean(related="product_id.is_managed_seat")
    seat_asset_ids = fields.Many2many(
        "psa.asset",
        "techsource_contract_line_seat_rel",
        "contract_line_id",
        "asset_id",
        string="Counted assets",
        readonly=True,
        copy=False,
        context={"active_test": False},
        help="The assets that the last count found; the quantity is their number.",
    )
