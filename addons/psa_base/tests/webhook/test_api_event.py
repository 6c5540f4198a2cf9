from standardwebhooks import Webhook

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...tools.webhook.events import get_events
from ..api.common import PsaApiCase
from ..calls.loopback import Loopback
from ..common import PsaCase, SameCursorMixin
from .common import SubscriptionMixin


@tagged("post_install", "-at_install")
class TestApiEvent(SameCursorMixin, SubscriptionMixin, PsaCase):
    """Clients' systems are told of their own tickets: the transaction that changes a ticket makes the message."""

    def move(self, tickets, stage=None, user=None):
        tickets.with_user(user or self.operations).write({"stage_id": (stage or self.triage).id})

    def test_opened_ticket_is_told_as_it_is(self):
        ticket = self.create_ticket(external_reference="PO-7")
        [message] = self.get_told()
        self.assertEqual(message.payload["type"], "ticket.created")
        self.assertRegex(message.payload["timestamp"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        data = message.payload["data"]
        self.assertEqual((data["number"], data["external_reference"]), (ticket.number, "PO-7"))
        self.assertEqual(data["stage"], {"code": "test_request", "name": "Request"})

    def test_other_stage_is_told_once(self):
        ticket = self.create_ticket()
        self.move(ticket)
        ticket.with_user(self.operations).write({"stage_id": self.triage.id, "priority": "3"})
        self.assertEqual(
            [(each.payload["type"], each.payload["data"]["stage"]["code"]) for each in self.get_told()],
            [("ticket.created", "test_triage"), ("ticket.stage_changed", "test_triage")],
        )

    def test_ticket_without_a_lifecycle_is_told_as_well(self):
        ticket = self.create_ticket(team_id=self.free_team.id)
        self.get_told()
        ticket.with_user(self.operations).stage_id = self.closed
        self.assertEqual(self.get_told()[-1].payload["data"]["stage"]["code"], "test_closed")

    def test_comments_are_told_each_with_its_ticket_before_what_they_set_in_motion(self):
        move = self.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == self.triage)
        move.is_reply_move = True
        ticket = self.create_ticket(external_reference="PO-7")
        self.move(ticket)
        count = len(self.get_told())
        for user, body in ((self.support, "Which one?"), (self.client_user, "The left <b>one</b>")):
            ticket.with_user(user).message_post(body=body, message_type="comment", subtype_xmlid="mail.mt_comment")
        told = [each.payload for each in self.get_told()[count:]]
        self.assertEqual([each["type"] for each in told], ["ticket.commented"] * 2 + ["ticket.stage_changed"])
        [question, answer] = [each["data"] for each in told[:2]]
        self.assertEqual(answer["ticket"], {"id": ticket.id, "number": ticket.number, "external_reference": "PO-7"})
        self.assertEqual(
            [(each["comment"]["body"], each["comment"]["author"]["is_client"]) for each in (question, answer)],
            [("Which one?", False), ("The left <b>one</b>", True)],
        )
        self.assertEqual({each.ordering_key for each in self.get_told()}, {f"helpdesk.ticket,{ticket.id}"})

    def test_notes_are_not_told(self):
        ticket = self.create_ticket()
        count = len(self.get_told())
        talk = ticket.with_user(self.support)
        talk.message_post(body="Slow payers", message_type="comment", subtype_xmlid="mail.mt_note")
        talk.message_post(body="Hidden", message_type="comment", subtype_xmlid="mail.mt_comment", is_internal=True)
        talk.write({"priority": "3"})
        self.assertEqual(len(self.get_told()), count)

    def test_other_fields_are_no_event(self):
        ticket = self.create_ticket()
        count = len(self.get_told())
        ticket.with_user(self.operations).write({"priority": "3", "user_id": self.support.id})
        self.assertEqual(len(self.get_told()), count)

    def test_refused_move_is_not_told(self):
        ticket = self.create_ticket()
        count = len(self.get_told())
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.move(ticket, self.closed, self.support)
        self.assertEqual(len(self.get_told()), count)

    def test_clients_hear_of_their_own_tickets_alone(self):
        other = self.create_subscription(partner_id=self.other_company.id)
        other._make_secret()
        self.move(self.create_ticket())
        theirs = self.create_ticket(partner_id=self.other_company.id)
        self.assertEqual(self.get_told(other).mapped(lambda each: each.payload["data"]["id"]), theirs.ids)
        self.assertNotIn(theirs.id, self.get_told().mapped(lambda each: each.payload["data"]["id"]))

    def test_each_company_tells_of_its_own_tickets(self):
        other = self.env["res.company"].create({"name": "Branch"})
        team = self.team.copy({"company_id": other.id})
        self.create_ticket(team_id=team.id, company_id=other.id)
        nobodys = self.create_ticket(company_id=False)
        self.assertEqual(self.get_told().mapped(lambda each: each.payload["data"]["id"]), nobodys.ids)

    def test_client_that_goes_is_told_of_nothing_until_it_comes_back(self):
        listeners = self.env["psa.api.subscription"]._get_listeners
        self.client_company.active = False
        self.assertNotIn(self.client_company.id, listeners().get("ticket.created", {}))
        self.client_company.active = True
        self.assertIn(self.client_company.id, listeners()["ticket.created"])

    def test_only_events_that_were_chosen_are_told(self):
        self.subscription.event_ids = [Command.set(self.env.ref("psa_base.psa_api_event_ticket_stage_changed").ids)]
        self.move(self.create_ticket())
        self.assertEqual([each.payload["type"] for each in self.get_told()], ["ticket.stage_changed"])

    def test_webhook_that_is_not_active_hears_nothing(self):
        silent = self.create_subscription(name="Not ready")
        self.subscription.with_user(self.client_admin).action_pause()
        self.create_ticket()
        self.assertFalse(self.get_told() | self.get_told(silent))

    def test_internal_layer_and_notes_are_not_told(self):
        self.env["helpdesk.sla"].create(
            {
                "name": "Between us",
                "layer": "internal",
                "target": "resolution",
                "hours": 4,
                "team_ids": [Command.set(self.team.ids)],
                "stage_id": self.closed.id,
            }
        )
        self.create_ticket(notes="<p>They are slow payers</p>")
        told = str(self.get_told().mapped("payload"))
        self.assertNotIn("Between us", told)
        self.assertNotIn("slow payers", told)

    def test_writes_where_nobody_listens_ask_nothing(self):
        self.subscription.action_pause()
        tickets = self.create_ticket() | self.create_ticket()
        events = self.env["psa.api.event"]
        self.assertFalse(events._is_heard("ticket.created"))
        self.env.flush_all()
        with self.assertQueryCount(0):
            events._announce("ticket.created", tickets)

    def test_many_tickets_are_one_insert(self):
        tickets = self.create_ticket() | self.create_ticket()
        self.get_told()
        counts = []
        for size in (2, 12):
            while len(tickets) < size:
                tickets |= self.create_ticket()
            self.env.cr.flush()
            self.env.invalidate_all()
            self.env["psa.api.event"]._announce("ticket.stage_changed", tickets.sudo())
            before = self.env.cr.sql_log_count
            self.env.cr.flush()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_message_is_signed_by_the_scheme(self):
        self.create_ticket()
        [message] = self.get_told()
        with Loopback(204) as receiver:
            self.assertEqual(self.send_to(receiver), 1)
        [post] = receiver.calls
        self.assertEqual(Webhook(self.secret).verify(post["body"], post["headers"]), message.payload)
        self.assertEqual(post["headers"]["webhook-id"], message.idempotency_key)

    def test_every_event_has_a_record_and_every_record_an_event(self):
        codes = [event.code for event in get_events(self.env.registry)]
        self.assertEqual(sorted(self.env["psa.api.event"].search([]).mapped("code")), codes)


@tagged("post_install", "-at_install")
class TestApiEventAsTheApiSays(SubscriptionMixin, PsaApiCase):
    """A webhook and the API describe a record with the same words."""

    def test_event_holds_what_a_get_answers(self):
        answer = self.call(
            "POST",
            "/tickets",
            {
                "subject": "No sound <b>",
                "description": "Two\nlines & more",
                "priority": "high",
                "asset": {"id": self.asset.id},
                "contact": {"name": "Kim", "email": "kim@harbourdental.example"},
            },
        )
        self.assertEqual(answer.status_code, 201)
        [message] = self.get_told()
        self.assertEqual(message.payload["data"], self.call("GET", f"/tickets/{answer.json()['number']}").json())
