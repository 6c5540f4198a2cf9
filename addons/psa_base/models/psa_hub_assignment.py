from odoo import fields, models


class PsaHubAssignment(models.TransientModel):
    """The dialog that gives dead letters to somebody."""

    _name = "psa.hub.assignment"
    _description = "Give dead letters to somebody"

    dead_letter_ids = fields.Many2many("psa.hub.dead.letter", string="Dead letters", store=False, readonly=True)
    letter_keys = fields.Json(string="Rows")
    user_id = fields.Many2one(
        "res.users", string="Give to", required=True, domain="[('share', '=', False)]", default=lambda self: self.env.user
    )
