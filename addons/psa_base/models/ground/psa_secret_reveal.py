from odoo import fields, models

from ...tools.windows import open_dialog


class PsaSecretReveal(models.TransientModel):
    """A dialog that shows a new secret once. Its fields have no columns, so the secret never reaches the database."""

    _name = "psa.secret.reveal"
    _description = "New secret"

    secret = fields.Char(store=False, readonly=True)
    explanation = fields.Char(store=False, readonly=True)

    def _get_action(self, title, secret, explanation):
        return open_dialog(self, title, context={"default_secret": secret, "default_explanation": explanation})
