from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestTicketTemplate(PsaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["helpdesk.ticket.tag"].create({"name": "Onboarding"})
        cls.starter, cls.leaver = cls.env["psa.ticket.template"].create(
            [
                {
                    "name": name,
                    "title": f"{name} at your office",
                    "description": f"<p>Please prepare for a {name}.</p>",
                    "team_id": cls.team.id,
                    "priority": "2",
                    "tag_ids": [Command.set(cls.tag.ids)],
                    "estimated_hours": 2.5,
                    "line_ids": [Command.create({"name": line}) for line in lines],
                }
                for name, lines in (("Starter", ("Make account", "Order laptop")), ("Leaver", ("Close account",)))
            ]
        )

    def test_new_ticket_has_what_the_template_knows(self):
        action = self.starter.with_user(self.support).action_new_ticket()
        tickets = self.env["helpdesk.ticket"].with_user(self.support).with_context(**action["context"])
        with Form(tickets) as form:
            form.partner_id = self.contact
        ticket = form.record
        self.assertEqual(
            (ticket.name, ticket.team_id, ticket.priority, ticket.estimated_hours, ticket.tag_ids),
            ("Starter at your office", self.team, "2", 2.5, self.tag),
        )
        self.assertIn("prepare for a Starter", ticket.description)
        self.assertEqual(ticket.checklist_item_ids.mapped("name"), ["Make account", "Order laptop"])
        self.assertEqual((ticket.template_id, ticket.stage_id), (self.starter, self.request))

    def test_applying_keeps_what_a_person_wrote(self):
        with Form(self.env["helpdesk.ticket"].with_user(self.operations)) as form:
            form.name = "My own words"
            form.template_id = self.starter
            self.assertEqual(form.name, "My own words")

    def test_other_choice_replaces_what_the_first_filled_in(self):
        with Form(self.env["helpdesk.ticket"].with_user(self.operations)) as form:
            form.template_id = self.starter
            form.template_id = self.leaver
        self.assertEqual(form.record.name, "Leaver at your office")
        self.assertEqual(form.record.checklist_item_ids.mapped("name"), ["Close account"])

    def test_support_uses_templates_and_changes_none(self):
        template = self.starter.with_user(self.support)
        self.assertEqual(template.name, "Starter")
        with self.assertRaises(AccessError):
            template.name = "Mine"
        template.with_user(self.operations).name = "New starter"

    def test_counts_its_tickets(self):
        self.create_ticket(template_id=self.starter.id)
        self.assertEqual((self.starter.ticket_count, self.leaver.ticket_count), (1, 0))
        self.assertEqual(self.starter.action_view_tickets()["domain"], [("template_id", "=", self.starter.id)])
