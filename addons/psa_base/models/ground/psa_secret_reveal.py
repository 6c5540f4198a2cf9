from odoo import fields, models

from ...tools.windows import open_dialog


class PsaSecretReveal(models.TransientModel):
    """A secret on the screen, once. It has no column: nothing of it reaches the database."""

    _name = "psa.secret.reveal"
    _description = "New secret"

    secret = fields.Char(store=False, readonly=True)
    explanation = fields.Char(store=False, readonly=True)

    def _get_action(self, title, secret, explanation):
        return open_dialog(self, title, context={"default_secret": secret, "default_explanation": explanation})
