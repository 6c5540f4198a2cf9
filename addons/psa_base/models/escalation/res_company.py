from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    sla_manager_id = fields.Many2one(
        "res.users",
        string="SLA manager",
        domain="[('share', '=', False)]",
        help="Told of escalations to the manager, when the team belongs to no other team that has a leader.",
    )
