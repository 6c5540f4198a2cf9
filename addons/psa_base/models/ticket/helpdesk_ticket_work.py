from odoo import api, fields, models
from odoo.tools import html2plaintext, is_html_empty

from ...roles import PROVIDER


class HelpdeskTicket(models.Model):
    """The work on a ticket: its checklist, and the template that it was made from."""

    _inherit = "helpdesk.ticket"

    checklist_item_ids = fields.One2many(
        "psa.ticket.checklist.item", "ticket_id", string="Checklist", copy=True, groups=PROVIDER
    )
    checklist_count = fields.Integer(string="Checklist items", compute="_compute_checklist", groups=PROVIDER)
    checklist_done_count = fields.Integer(string="Items done", compute="_compute_checklist", groups=PROVIDER)
    checklist_progress = fields.Char(string="Checklist progress", compute="_compute_checklist", groups=PROVIDER)
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

    @api.depends("checklist_item_ids.is_done")
    def _compute_checklist(self):
        for ticket in self:
            items = ticket.checklist_item_ids
            ticket.checklist_count = len(items)
            ticket.checklist_done_count = len(items.filtered("is_done"))
            ticket.checklist_progress = bool(items) and self.env._(
                "%(done)s of %(all)s", done=ticket.checklist_done_count, all=ticket.checklist_count
            )

    # --- The gate “The checklist is done”. ---

    def _count_open_checklist_items(self):
        """How many things are still to do, by the id of the ticket."""
        # sudo: all items count, also for whoever may move the ticket without a right to read its checklist.
        items = self.env["psa.ticket.checklist.item"].sudo()
        groups = items._read_group([("ticket_id", "in", self.ids), ("is_done", "=", False)], ["ticket_id"], ["__count"])
        return {ticket.id: count for ticket, count in groups}

    def _lifecycle_check_checklist_done(self):
        left = self._count_open_checklist_items()
        return self.filtered(lambda ticket: ticket.id not in left)

    def _lifecycle_explain_checklist_done(self):
        """What the gate adds to its message, by the id of the ticket."""
        return {
            ticket_id: [self.env._("Still open on the checklist: %s.", count)]
            for ticket_id, count in self._count_open_checklist_items().items()
        }

    def _lifecycle_fix_checklist_done(self):
        return {"field": "checklist_item_ids"}

    # --- The template. ---

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
