from odoo import api, fields, models


class HelpdeskSla(models.Model):
    _inherit = "helpdesk.sla"

    contract_ids = fields.Many2many(
        "contract.contract",
        string="Agreements",
        domain="[('contract_type', '=', 'sale')]",
        help="If empty, the rule is for tickets under any agreement, and for those under none.",
    )

    @api.model
    def _get_criteria(self):
        return {**super()._get_criteria(), "agreement": "contract_ids"}
