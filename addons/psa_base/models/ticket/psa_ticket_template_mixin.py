from odoo import api, fields, models
from odoo.tools import html2plaintext, is_html_empty

from .psa_ticket_checklist_mixin import PROVIDER


class PsaTicketTemplateMixin(models.AbstractModel):
    """The template that a ticket was made from, and what came with it."""

    _name = "psa.ticket.template.mixin"
    _description = "Template of a ticket"

    template_id = fields.Many2one("psa.ticket.template", index="btree_not_null", ondelete="set null", groups=PROVIDER)
    recurrence_id = fields.Many2one(
        "psa.ticket.recurrence",
        string="Recurring ticket",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=PROVIDER,
    )
    estimated_hours = fields.Float(string="Estimated time", groups=PROVIDER)

    @api.onchange("template_id")
    def _onchange_template_id(self):
        """Fill in what the template knows; what a person has written stays."""
        if not self.template_id:
            return
        values = self.template_id._prepare_ticket()
        templates = self.template_id.search([("active", "=", True)])
        if self.name and self.name not in templates.mapped("title"):
            values.pop("name")
        written = not is_html_empty(self.description) and html2plaintext(self.description)
        if written and written not in map(html2plaintext, templates.mapped("description")):
            values.pop("description")
        # The lines of a template that was chosen before go, those that a person wrote stay.
        titles = set(templates.line_ids.mapped("name"))
        kept = self.checklist_item_ids.filtered(lambda item: item.name not in titles)
        checklist = values.pop("checklist_item_ids", [])
        self.checklist_item_ids = kept
        self.update({**values, "checklist_item_ids": checklist})
