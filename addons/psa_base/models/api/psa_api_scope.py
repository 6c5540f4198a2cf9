from odoo import fields, models

from ...series import Constraint


class PsaApiScope(models.Model):
    """A permission that API keys can have. Routes name it by its code."""

    _name = "psa.api.scope"
    _description = "API scope"
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, help="The name that routes and documentation use.")

    _code_uniq = Constraint("unique(code)", "This scope is there already.")
