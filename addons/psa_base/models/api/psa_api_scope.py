from odoo import fields, models

from ...series import Constraint


class PsaApiScope(models.Model):
    """A thing that an API key may be allowed to do; the routes name it by its code."""

    _name = "psa.api.scope"
    _description = "API scope"
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, help="What routes and documentation call it.")

    _code_uniq = Constraint("unique(code)", "This scope is there already.")
