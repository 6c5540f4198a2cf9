from odoo import fields, models

from ...series import Constraint


class PsaSlaBreachReason(models.Model):
    """A reason that people choose for breaches, so that breaches can be counted by reason."""

    _name = "psa.sla.breach.reason"
    _description = "Breach reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short, and never changed: reports and programs know the reason by it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_avoidable = fields.Boolean(
        string="In our hands", default=True, help="Whether the desk could have kept the target."
    )
    note_required = fields.Boolean(string="Needs a note", help="Whoever gives this reason says in words what happened.")

    _code_uniq = Constraint("unique(code)", "Another reason has this code already.")
