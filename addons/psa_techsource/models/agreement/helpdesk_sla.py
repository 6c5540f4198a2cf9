from odoo import api, fields, models


class HelpdeskSla(models.Model):
    _inherit = "helpdesk.sla"

    contract_ids = fields.Many2many(
        "contract.contract",
        string="Agreements",
        domain="[('contract_type', '=', 'sale')]",
        help="Empty: tickets under any agreement, or none.",
    )

    @api.model
    def _get_criteria(self):
        return {**super()._get_criteria(), "agreement": "contract_ids"}
