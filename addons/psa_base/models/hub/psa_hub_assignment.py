from odoo import fields, models

from ...tools.windows import CLOSE


class PsaHubAssignment(models.TransientModel):
    """The dialog that gives dead letters to somebody."""

    _name = "psa.hub.assignment"
    _description = "Give dead letters to somebody"

    letter_ids = fields.Json(string="Dead letters", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Give to",
        required=True,
        domain="[('share', '=', False)]",
        default=lambda self: self.env.user,
        help="Somebody from operations, or an administrator.",
    )

    def action_assign(self):
        self.ensure_one()
        letters = self.env["psa.hub.dead.letter"].browse(self.letter_ids)
        for messages in letters._get_messages():
            messages._assign(self.user_id)
        return CLOSE
