from odoo import fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    asset_id = fields.Many2one(
        "psa.asset",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('partner_id', '=', commercial_partner_id)]",
        help="The client's device that the ticket is about.",
    )
