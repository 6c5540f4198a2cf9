from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    api_team_id = fields.Many2one(related="company_id.api_team_id", readonly=False)
