from odoo import fields, models


class PsaTicketTemplateLine(models.Model):
    """A checklist item that tickets made from a template start with."""

    _name = "psa.ticket.template.line"
    _description = "Checklist item of a ticket template"
    _order = "template_id, sequence, id"

    template_id = fields.Many2one("psa.ticket.template", required=True, index=True, ondelete="cascade")
    name = fields.Char(string="What to do", required=True, translate=True)
    sequence = fields.Integer(default=10)
