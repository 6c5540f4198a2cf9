from odoo import Command, api, fields, models

from ...tools.windows import open_form, open_list


class PsaTicketTemplate(models.Model):
    """Work that comes again: what a ticket about it says, whose it is, and what is to be done."""

    _name = "psa.ticket.template"
    _description = "Ticket template"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True, help="What the desk calls this work.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")
    title = fields.Char(required=True, translate=True, help="The title of the ticket, as the client reads it.")
    description = fields.Html(
        string="Ticket description", required=True, translate=True, help="In the client's words: the client reads it."
    )
    team_id = fields.Many2one("helpdesk.ticket.team", ondelete="restrict")
    category_id = fields.Many2one("helpdesk.ticket.category", ondelete="restrict")
    priority = fields.Selection(
        selection=lambda self: self.env["helpdesk.ticket"]._fields["priority"].selection, required=True, default="1"
    )
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Tags")
    estimated_hours = fields.Float(string="Estimated time", help="How long the work usually takes.")
    line_ids = fields.One2many("psa.ticket.template.line", "template_id", string="Checklist", copy=True)
    line_count = fields.Integer(string="Number of checklist items", compute="_compute_line_count")
    ticket_count = fields.Integer(string="Number of tickets", compute="_compute_ticket_count")

    @api.depends("line_ids")
    def _compute_line_count(self):
        for template in self:
            template.line_count = len(template.line_ids)

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group([("template_id", "in", self.ids)], ["template_id"], ["__count"])
        )
        for template in self:
            template.ticket_count = counts.get(template, 0)

    def action_new_ticket(self):
        """Open the form of a new ticket with everything filled in that the template knows."""
        self.ensure_one()
        context = {"default_template_id": self.id}
        return open_form(self.env["helpdesk.ticket"], name=self.env._("New ticket"), context=context)

    def action_view_tickets(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.helpdesk_ticket_action", [("template_id", "=", self.id)])

    def _prepare_ticket(self):
        """The values of a ticket made from the template. What the template leaves open is not in them."""
        self.ensure_one()
        values = {
            "name": self.title,
            "description": self.description,
            "team_id": self.team_id.id,
            "category_id": self.category_id.id,
            "priority": self.priority,
            "tag_ids": [Command.set(self.tag_ids.ids)],
            "estimated_hours": self.estimated_hours,
            "checklist_item_ids": self._prepare_checklist(),
            "template_id": self.id,
        }
        return {name: value for name, value in values.items() if value}

    def _prepare_checklist(self):
        return [Command.create({"name": line.name, "sequence": line.sequence}) for line in self.line_ids]


class PsaTicketTemplateLine(models.Model):
    """A checklist item that tickets made from a template start with."""

    _name = "psa.ticket.template.line"
    _description = "Checklist item of a ticket template"
    _order = "template_id, sequence, id"

    template_id = fields.Many2one("psa.ticket.template", required=True, index=True, ondelete="cascade")
    name = fields.Char(string="What to do", required=True, translate=True)
    sequence = fields.Integer(default=10)
