from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..common import PsaCase
from ..queries import count_queries


@tagged("post_install", "-at_install")
class TestLifecycleGates(PsaCase):
    """The kinds of gates, what they say and how."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(stage=cls.triage)

    def require(self, *names, **values):
        fields = [self.env["ir.model.fields"]._get("helpdesk.ticket", name).id for name in names]
        return self.add_gate(self.triage, self.in_progress, kind="fields", field_ids=[Command.set(fields)], **values)

    def read_notifications(self, user):
        """What the user's screen is told once the transaction is through."""
        seen = self.env["bus.bus"].search([], order="id desc", limit=1).id
        yield
        self.env.cr.precommit.run()
        channel = user.partner_id
        yield [
            bus.message
            for bus in self.env["bus.bus"].search([("id", ">", seen)])
            if f'"{channel._name}",{channel.id}' in bus.channel.replace(" ", "")
            and "simple_notification" in bus.message
        ]

    def test_required_fields_must_be_filled_in(self):
        self.require("category_id", "notes", message="Say what it is about.")
        category = self.env["helpdesk.ticket.category"].create({"name": "Printers"})
        for values in ({"category_id": category.id}, {"notes": "<p><br></p>"}):
            self.ticket.write(values)
            with self.assertRaisesRegex(UserError, "Say what it is about"):
                self.ticket.stage_id = self.in_progress
        self.ticket.notes = "<p>The drum is worn.</p>"
        self.ticket.stage_id = self.in_progress
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_gate_without_fields_or_with_fields_of_others_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Choose the fields"):
            self.require()
        with self.assertRaisesRegex(ValidationError, "Choose the fields"):
            foreign = self.env["ir.model.fields"]._get("res.partner", "name")
            self.add_gate(self.triage, self.in_progress, kind="fields", field_ids=[Command.set(foreign.ids)])

    def test_time_that_waits_for_approval_stops_the_ticket(self):
        self.add_gate(self.triage, self.in_progress, kind="check", check_name="time_approved", message="Not approved.")
        time = self.create_time(self.ticket)
        with self.assertRaisesRegex(UserError, "Not approved"):
            self.ticket.stage_id = self.in_progress
        time.with_user(self.operations).action_approve()
        self.ticket.stage_id = self.in_progress
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_refusal_tells_all_that_is_missing(self):
        for message in ("Call the client.", "Order the part.", "Call the client."):
            self.add_gate(self.triage, self.in_progress, message=message)
        with self.assertRaises(UserError) as refusal:
            self.ticket.with_user(self.accounts).sudo().stage_id = self.in_progress
        lines = refusal.exception.args[0].splitlines()
        self.assertEqual(lines[0], f"{self.ticket.number} may not move yet:")
        self.assertIn("Your role may not", lines[1])
        self.assertEqual(lines[2:], ["• Call the client.", "• Order the part."])

    def test_hundred_tickets_are_refused_in_one_message(self):
        self.add_gate(self.triage, self.in_progress, message="Call the client.", domain="[('priority', '=', '3')]")
        self.require("category_id", message="Choose a category.")
        category = self.env["helpdesk.ticket.category"].create({"name": "Printers"})
        tickets = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Ticket {i}",
                    "description": "Text",
                    "team_id": self.team.id,
                    "priority": "3" if i % 2 else "1",
                    "category_id": i % 4 == 3 and category.id,
                }
                for i in range(100)
            ]
        )
        tickets.with_user(self.operations).stage_id = self.triage
        with self.assertRaises(UserError) as refusal:
            tickets.with_user(self.support).stage_id = self.in_progress
        heading, *lines = refusal.exception.args[0].splitlines()
        self.assertEqual(heading, "Nothing was moved, because some tickets may not move:")
        self.assertEqual(len(lines), 75)
        self.assertEqual(lines[0], f"{tickets[0].number}: Call the client. Choose a category.")
        self.assertEqual(lines[1], f"{tickets[1].number}: Choose a category.")
        self.assertEqual(tickets.stage_id, self.triage)

    def test_warning_lets_the_ticket_through_and_is_kept_and_told(self):
        self.require("category_id", mode="warn", message="Better choose a category.")
        notifications = self.read_notifications(self.support)
        next(notifications)
        self.ticket.stage_id = self.in_progress
        self.assertEqual(self.ticket.stage_id, self.in_progress)
        self.assertEqual(self.ticket.move_ids[0].warning, "Better choose a category.")
        [told] = next(notifications)
        self.assertIn("Better choose a category.", told)
        self.assertIn('"sticky":true', told.replace(" ", ""))

    def test_warning_that_does_not_apply_leaves_no_trace(self):
        self.require("name", mode="warn")
        self.ticket.stage_id = self.in_progress
        self.assertFalse(self.ticket.move_ids[0].warning)

    def test_refused_move_tells_no_warning(self):
        self.require("category_id", mode="warn", message="Better choose a category.")
        self.add_gate(self.triage, self.in_progress)
        with self.assertRaises(UserError) as refusal:
            self.ticket.stage_id = self.in_progress
        self.assertNotIn("category", refusal.exception.args[0])

    def test_gates_take_no_query_to_read(self):
        self.require("name")
        counts = []
        for _with_and_without in range(2):
            first, second = (self.create_ticket(stage=self.triage) for _ in range(2))
            self.count_move(first)
            counts.append(self.count_move(second))
            self.lifecycle.transition_ids.gate_ids = False
        self.assertEqual(*counts)

    def count_move(self, ticket):
        # Only the move is counted: the hours of the calendar are read once and then cached.
        self.team.resource_calendar_id._get_working_time()
        return count_queries(self.env, lambda: ticket.write({"stage_id": self.in_progress.id}))
