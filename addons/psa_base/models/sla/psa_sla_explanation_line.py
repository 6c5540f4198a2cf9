from odoo import fields, models

from .helpdesk_sla import LAYERS, TARGETS


class PsaSlaExplanationLine(models.TransientModel):
    """What became of one rule when the rules of a ticket were chosen."""

    _name = "psa.sla.explanation.line"
    _description = "Why this SLA: verdict on a rule"

    explanation_id = fields.Many2one("psa.sla.explanation", required=True, ondelete="cascade")
    sla_id = fields.Many2one("helpdesk.sla", string="Rule", required=True, ondelete="cascade")
    layer = fields.Selection(LAYERS, required=True)
    target = fields.Selection(TARGETS, required=True)
    is_chosen = fields.Boolean(string="Applies")
    reason = fields.Char(string="Why")
