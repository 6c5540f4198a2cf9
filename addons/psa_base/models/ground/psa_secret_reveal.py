from odoo import fields, models


class PsaSecretReveal(models.TransientModel):
    """A dialog that shows a new secret once. Its fields have no columns, so the secret never reaches the database."""

    _name = "psa.secret.reveal"
    _description = "New secret"

    secret = fields.Char(store=False, readonly=True)
    explanation = fields.Char(store=False, readonly=True)

    def _get_action(self, title, secret, explanation):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_secret": secret, "default_explanation": explanation},
        }
