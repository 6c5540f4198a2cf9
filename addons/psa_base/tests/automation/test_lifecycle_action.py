from datetime import date
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import PsaCase
from ..queries import count_queries

LOGGER = "odoo.addons.psa_base.models.automation.psa_lifecycle_action"


@tagged("post_install", "-at_install")
class TestLifecycleAction(PsaCase):
    """What the system does when tickets arrive in a stage."""

    def add_action(self, stage=None, **values):
        return (
            self.env["psa.lifecycle.action"]
            .with_user(self.admin)
            .create({"lifecycle_id": self.lifecycle.id, "stage_id": (stage or self.triage).id, **values})
        )

    def create_tickets(self, count, **values):
        return self.env["helpdesk.ticket"].create(
            [
                {"name": f"Ticket {i}", "description": "Text", "team_id": self.team.id, "user_id": False, **values}
                for i in range(count)
            ]
        )

    def test_tickets_are_shared_out_to_who_has_least(self):
        self.add_action(kind="assign")
        self.create_tickets(2, user_id=self.support.id)
        tickets = self.create_tickets(4)
        tickets.with_user(self.operations).stage_id = self.triage
        shares = [len(tickets.filtered(lambda t, user=user: t.user_id == user)) for user in self.team.user_ids]
        self.assertEqual(
            dict(zip(self.team.user_ids, shares, strict=True)), {self.support: 1, self.support_colleague: 3}
        )

    def test_assignee_is_kept_or_replaced_as_the_action_says(self):
        action = self.add_action(kind="assign", assignment="user", user_id=self.support_colleague.id)
        tickets = self.create_tickets(2, user_id=self.support.id)
        tickets[0].with_user(self.operations).stage_id = self.triage
        self.assertEqual(tickets[0].user_id, self.support)
        action.is_assignee_kept = False
        tickets[1].with_user(self.operations).stage_id = self.triage
        self.assertEqual(tickets[1].user_id, self.support_colleague)

    def test_activity_is_planned_for_whom_it_concerns(self):
        self.add_action(kind="activity", summary="Call the client", days=3)
        with self.clock_at("2026-11-02 09:00:00"):
            ticket = self.create_tickets(1, user_id=self.support.id)
            ticket.with_user(self.operations).stage_id = self.triage
        [activity] = ticket.activity_ids
        self.assertEqual((activity.summary, activity.user_id), ("Call the client", self.support))
        self.assertEqual(activity.date_deadline, date(2026, 11, 5))

    def test_mail_goes_by_the_queue(self):
        template = self.env["mail.template"].create(
            {
                "name": "We are at it",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "About {{ object.number }}",
                "body_html": "<p>We are at it.</p>",
                "email_to": "{{ object.partner_id.email }}",
            }
        )
        self.add_action(kind="mail", template_id=template.id)
        tickets = self.create_tickets(2, partner_id=self.contact.id)
        tickets.with_user(self.operations).stage_id = self.triage
        mails = self.env["mail.mail"].search([("res_id", "in", tickets.ids), ("model", "=", "helpdesk.ticket")])
        mails = mails.filtered(lambda mail: (mail.subject or "").startswith("About"))
        self.assertEqual(set(mails.mapped("subject")), {f"About {ticket.number}" for ticket in tickets})
        # One series keeps the address on the mail, the other makes a partner of it.
        for mail in mails:
            self.assertEqual(mail.email_to or mail.recipient_ids.email, "kim@harbourdental.example")
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})

    def test_action_that_fails_stops_no_move_and_is_told(self):
        template = self.env["mail.template"].create(
            {"name": "Broken", "model_id": self.env["ir.model"]._get_id("helpdesk.ticket")}
        )
        self.add_action(kind="mail", template_id=template.id)
        self.add_action(kind="assign")
        ticket = self.create_tickets(1)
        broken = patch.object(self.registry["mail.template"], "send_mail_batch", side_effect=ValueError("no field x"))
        with broken, mute_logger(LOGGER):
            ticket.with_user(self.operations).stage_id = self.triage
        self.assertEqual(ticket.stage_id, self.triage)
        self.assertIn("no field x", ticket.message_ids[0].body + ticket.message_ids[1].body)
        self.assertTrue(ticket.user_id)

    def test_action_of_one_move_waits_for_that_move(self):
        back = self.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == self.closed)
        self.add_action(stage=self.in_progress, kind="activity", summary="Again", transition_id=back.id)
        ticket = self.create_tickets(1, user_id=self.support.id)
        ticket.with_user(self.operations).stage_id = self.triage
        for stage in (self.in_progress, self.closed):
            ticket.with_user(self.support).stage_id = stage
            self.assertFalse(ticket.activity_ids)
        ticket.with_user(self.client_user).sudo().stage_id = self.in_progress
        self.assertEqual(ticket.activity_ids.summary, "Again")

    def test_new_ticket_has_arrived_too(self):
        self.add_action(stage=self.request, kind="assign", assignment="user", user_id=self.support.id)
        self.assertEqual(self.create_tickets(2).user_id, self.support)

    def test_timers_are_planned_before_actions_on_creation_and_on_a_move(self):
        template = self.env["mail.template"].create(
            {
                "name": "What waits",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "Timers: {{ len(object.timer_due_ids) }}",
                "body_html": "<p>We are at it.</p>",
                "email_to": "{{ object.partner_id.email }}",
            }
        )
        for stage in (self.request, self.triage):
            self.add_action(stage, kind="mail", template_id=template.id)
            self.env["psa.lifecycle.timer"].create(
                {"lifecycle_id": self.lifecycle.id, "stage_id": stage.id, "action": "note", "text": "Still here"}
            )
        ticket = self.create_tickets(1, partner_id=self.contact.id)
        ticket.with_user(self.operations).stage_id = self.triage
        mails = self.env["mail.mail"].search([("res_id", "=", ticket.id), ("subject", "like", "Timers:")])
        self.assertEqual(mails.mapped("subject"), ["Timers: 1", "Timers: 1"])

    def test_action_that_lacks_something_is_refused(self):
        for values in ({"kind": "mail"}, {"kind": "activity"}, {"kind": "assign", "assignment": "user"}):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, "fill in its fields"):
                self.add_action(**values)
        with self.assertRaisesRegex(ValidationError, "due before"):
            self.add_action(kind="activity", summary="Call", days=-1)

    def test_stage_without_actions_takes_no_query(self):
        self.add_action(stage=self.closed, kind="assign")
        counts = []
        for _with_and_without in range(2):
            self.count_move(self.create_tickets(1))
            counts.append(self.count_move(self.create_tickets(1)))
            self.lifecycle.action_ids.unlink()
        self.assertEqual(*counts)

    def count_move(self, ticket):
        # Only the move is counted: the hours of the calendar are read once and then cached.
        self.team.resource_calendar_id._get_working_time()
        return count_queries(self.env, lambda: ticket.with_user(self.operations).write({"stage_id": self.triage.id}))
