from odoo import api, fields, models


class PsaApiKeyRotation(models.TransientModel):
    """The dialog that replaces a key and asks how long the old key stays live beside the new one."""

    _name = "psa.api.key.rotation"
    _description = "Replace an API key"

    key_id = fields.Many2one("psa.api.key", required=True, readonly=True, ondelete="cascade")
    overlap = fields.Selection(
        lambda self: self.env["psa.api.key"]._get_overlaps(),
        string="Keep the present key working for",
        required=True,
        default="day",
    )
    expires_at = fields.Datetime(
        string="The new key expires on",
        compute="_compute_expires_at",
        store=True,
        readonly=False,
        help="Leave it empty if the key never expires.",
    )

    @api.depends("key_id")
    def _compute_expires_at(self):
        for dialog in self:
            dialog.expires_at = dialog.key_id.expires_at

    def action_rotate(self):
        self.ensure_one()
        key = self.key_id
        secret = key._rotate_key(key.OVERLAPS[self.overlap], expires_at=self.expires_at)
        return key._get_reveal(secret)
