from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    sla_manager_id = fields.Many2one(related="company_id.sla_manager_id", readonly=False)
