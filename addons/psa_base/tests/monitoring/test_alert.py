from datetime import timedelta

from odoo import Command, fields
from odoo.tests import TransactionCase, tagged

from ...adapters.facts import Priority
from ..common import PsaDataMixin, read_payload
from .common import NIGHT, AlertMixin


@tagged("post_install", "-at_install")
class TestAlert(AlertMixin, PsaDataMixin, TransactionCase):
    """An episode from the first alert to its end, and its ticket."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service_desk = cls.env["helpdesk.ticket.team"].search([("lifecycle_id", "=", cls.lifecycle.id)], limit=1)

    def _use_lifecycle(self, *moves):
        """Have the tickets under the lifecycle, with these moves added: (from, to)."""
        self.connection.team_id = self.service_desk
        self.lifecycle.transition_ids = [
            Command.create({"from_stage_id": first.id, "to_stage_id": last.id}) for first, last in moves
        ]

    def test_first_alert_makes_a_ticket(self):
        alert = self.alert(priority=Priority.ELEVATED)
        self.assertRecordValues(
            alert,
            [
                {
                    "state": "open",
                    "title": "Device offline",
                    "asset_id": self.device.id,
                    "partner_id": self.client.id,
                    "occurrence_count": 1,
                    "priority": "2",
                    "rule_id": False,
                }
            ],
        )
        self.assertRecordValues(
            alert.ticket_id,
            [{"name": "Device offline", "priority": "2", "asset_id": self.device.id, "team_id": self.team.id}],
        )
        self.assertEqual(alert.ticket_id.create_uid, self.integration_user)

    def test_repeat_counts_on_the_same_ticket(self):
        first = self.alert()
        again = self.alert("DEVICE  Offline")
        self.assertEqual(again, first)
        self.assertEqual(first.occurrence_count, 2)
        self.assertEqual(len(first.occurrence_ids), 2)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([("asset_id", "=", self.device.id)]), 1)

    def test_repeat_raises_the_priority_and_says_so(self):
        alert = self.alert()
        self.alert(priority=Priority.CRITICAL)
        self.assertEqual(alert.ticket_id.priority, "3")
        self.assertIn("is Critical now", self.notes(alert.ticket_id))

    def test_repeat_never_lowers_the_priority(self):
        alert = self.alert(priority=Priority.CRITICAL)
        self.alert(priority=Priority.LOW)
        self.assertRecordValues(alert, [{"priority": "3", "occurrence_count": 2}])
        self.assertEqual(alert.ticket_id.priority, "3")

    def test_priority_that_a_person_lowered_stays_until_it_rises(self):
        alert = self.alert(priority=Priority.ELEVATED)
        alert.ticket_id.priority = "0"
        self.alert(priority=Priority.ELEVATED)
        self.assertEqual(alert.ticket_id.priority, "0")
        self.alert(priority=Priority.CRITICAL)
        self.assertEqual(alert.ticket_id.priority, "3")

    def test_repeats_are_noted_once_an_hour(self):
        with self.clock_at(NIGHT) as clock:
            ticket = self.alert().ticket_id
            before = len(ticket.message_ids)
            for minute in range(1, 121):
                clock.move_to(fields.Datetime.from_string(NIGHT) + timedelta(minutes=minute))
                self.alert()
        notes = ticket.message_ids[: len(ticket.message_ids) - before]
        self.assertEqual(len(notes), 2)
        self.assertIn("is still on", notes[0].body)

    def test_repeat_costs_few_queries(self):
        alert = self.alert()
        self.env.flush_all()
        with self.assertQueryCount(12):
            self.alert()
            self.env.flush_all()
        self.assertEqual(alert.occurrence_count, 2)

    def test_other_condition_or_device_is_another_ticket(self):
        other = self.env["psa.asset"].create(
            {"name": "SRV-FS02", "partner_id": self.client.id, "pulseway_id": "device_2"}
        )
        first, second, third = self.alert(), self.alert("Low disk space"), self.alert(device="device_2")
        self.assertEqual(len(first.ticket_id | second.ticket_id | third.ticket_id), 3)
        self.assertEqual(third.asset_id, other)

    def test_message_that_is_worked_twice_counts_once(self):
        self.device.pulseway_id = "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b"
        message = self.work(read_payload("generic", "notification_critical"))
        self.assertEqual(message.alert_id.ticket_id, message.ticket_id)
        message._update_state(("done",), "dead")
        message._work()
        self.assertEqual(message.state, "done", message.reason)
        self.assertRecordValues(message.alert_id, [{"occurrence_count": 1, "inbox_ids": message.ids}])

    def test_senders_number_counts_once_in_an_episode(self):
        alert = self.alert(external_id="88121")
        self.alert(external_id="88121", priority=Priority.CRITICAL)
        self.assertRecordValues(alert, [{"occurrence_count": 1, "priority": "3"}])

    def test_alert_that_the_sender_has_ended_since_opens_nothing(self):
        with self.clock_at(NIGHT):
            now = fields.Datetime.now()
            alert = self.alert(occurred_at=now - timedelta(minutes=10))
            self.recover(occurred_at=now - timedelta(minutes=5))
            late = self.alert(occurred_at=now - timedelta(minutes=8))
        self.assertEqual(late, alert)
        self.assertRecordValues(alert, [{"state": "recovered", "occurrence_count": 1}])

    def test_recovery_closes_an_untouched_ticket(self):
        alert = self.alert()
        self.assertEqual(self.recover(), alert)
        self.assertEqual(alert.state, "recovered")
        self.assertTrue(alert.ticket_id.stage_id.closed)
        self.assertIn("Device back online", self.notes(alert.ticket_id))

    def test_recovery_closes_by_an_allowed_move(self):
        self._use_lifecycle((self.request, self.closed))
        alert = self.alert()
        self.recover()
        self.assertEqual(alert.ticket_id.stage_id, self.closed)

    def test_recovery_without_an_allowed_move_leaves_a_note(self):
        self._use_lifecycle()
        alert = self.alert()
        self.recover()
        self.assertEqual(alert.ticket_id.stage_id, self.request)
        self.assertIn("no allowed move to a closed stage", self.notes(alert.ticket_id))

    def test_recovery_that_a_gate_stops_says_what_the_gate_says(self):
        self._use_lifecycle((self.request, self.closed))
        self.add_gate(self.request, self.closed)
        alert = self.alert()
        self.recover()
        self.assertEqual(alert.ticket_id.stage_id, self.request)
        self.assertIn("The gate is shut.", self.notes(alert.ticket_id))

    def test_recovery_never_closes_what_a_person_touched(self):
        self._use_lifecycle((self.request, self.closed), (self.triage, self.closed))

        def move(ticket):
            ticket.with_user(self.operations).stage_id = self.triage

        touches = {
            "message": lambda ticket: ticket.with_user(self.support).message_post(body="I am on it."),
            "time": self.create_time,
            "move": move,
            "assignee": lambda ticket: ticket.with_user(self.operations).write({"user_id": self.support.id}),
            "activity": lambda ticket: ticket.with_user(self.support).activity_schedule(user_id=self.support.id),
            "subject": lambda ticket: ticket.with_user(self.operations).write({"name": "Both sites are down"}),
            "description": lambda ticket: ticket.with_user(self.operations).write({"description": "<p>I rang.</p>"}),
            "priority": lambda ticket: ticket.with_user(self.operations).write({"priority": "3"}),
            "mail": lambda ticket: ticket.message_post(body="Thanks", message_type="email", email_from="a@b.example"),
        }
        for name, touch in touches.items():
            with self.subTest(touch=name):
                ticket = self.alert().ticket_id
                touch(ticket)
                self.env.flush_all()
                self.recover()
                self.assertFalse(ticket.stage_id.closed)
                self.assertIn("Somebody has worked on the ticket", self.notes(ticket))
                ticket.active = False

    def test_what_the_system_changed_or_planned_touches_no_ticket(self):
        ticket = self.alert().ticket_id
        ticket.priority = "2"
        ticket.activity_schedule(user_id=self.support.id)
        self.alert(priority=Priority.CRITICAL)
        self.recover()
        self.assertTrue(ticket.stage_id.closed)

    def test_recovery_of_a_suppressed_alert_makes_nothing(self):
        self.device.state = "maintenance"
        alert = self.alert()
        self.recover()
        self.assertRecordValues(alert, [{"state": "recovered", "ticket_id": False}])

    def test_recovery_of_nothing_does_nothing(self):
        self.assertFalse(self.recover())
        self.assertFalse(self.env["helpdesk.ticket"].search([("asset_id", "=", self.device.id)]))

    def test_resolved_alert_ends_its_own_condition(self):
        alert = self.alert("Encoded PowerShell", condition="incident:7001234")
        self.alert("Encoded PowerShell", condition="incident:7001234", state="resolved")
        self.assertEqual(alert.state, "recovered")

    def test_condition_that_is_back_goes_on_with_the_open_ticket(self):
        self._use_lifecycle()
        first = self.alert()
        self.recover()
        second = self.alert()
        self.assertNotEqual(second, first)
        self.assertEqual(second.ticket_id, first.ticket_id)
        self.assertIn("It is back", self.notes(first.ticket_id))

    def test_condition_that_is_back_reopens_by_an_allowed_move(self):
        self._use_lifecycle((self.request, self.closed))
        first = self.alert()
        self.recover()
        second = self.alert(priority=Priority.CRITICAL)
        self.assertEqual(second.ticket_id, first.ticket_id)
        self.assertRecordValues(second.ticket_id, [{"stage_id": self.in_progress.id, "priority": "3"}])

    def test_condition_that_is_back_without_an_allowed_move_is_a_new_ticket_with_a_link(self):
        self._use_lifecycle((self.request, self.closed))
        self.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == self.closed).unlink()
        first = self.alert()
        self.recover()
        second = self.alert()
        self.assertNotEqual(second.ticket_id, first.ticket_id)
        self.assertIn(first.ticket_id.number, self.notes(second.ticket_id))

    def test_condition_that_is_back_after_the_window_is_a_new_ticket(self):
        with self.clock_at(NIGHT) as clock:
            first = self.alert()
            self.recover()
            clock.move_to(fields.Datetime.from_string(NIGHT) + timedelta(hours=25))
            second = self.alert()
        self.assertNotEqual(second.ticket_id, first.ticket_id)

    def test_condition_that_comes_after_people_closed_the_ticket_begins_anew(self):
        first = self.alert()
        closed = self.team._get_applicable_stages().filtered("closed")[:1]
        first.ticket_id.stage_id = closed
        second = self.alert()
        self.assertNotEqual(second, first)
        self.assertEqual(first.state, "recovered")
        self.assertEqual(second.ticket_id, first.ticket_id)
        self.assertFalse(second.ticket_id.stage_id.closed)

    def test_alert_ends_with_the_ticket_that_people_closed(self):
        alert = self.alert()
        alert.ticket_id.stage_id = self.team._get_applicable_stages().filtered("closed")[:1]
        self.sweep()
        self.assertEqual(alert.state, "recovered")

    def test_incident_without_a_device_is_a_ticket_of_its_client(self):
        incident = {"device": "", "group": "Northwind Dental"}
        alert = self.alert(condition="incident:1", hostname="srv-fs01", **incident)
        self.assertRecordValues(alert, [{"asset_id": self.device.id, "partner_id": self.client.id}])
        other = self.alert(condition="incident:2", hostname="UNKNOWN", **incident)
        self.assertRecordValues(other, [{"asset_id": False, "partner_id": self.client.id}])
        self.assertTrue(other.ticket_id)

    def test_incident_that_names_its_device_later_is_the_same(self):
        incident = {"device": "", "group": "Northwind Dental", "condition": "incident:1"}
        alert = self.alert(**incident)
        self.assertEqual(self.alert(hostname="SRV-FS01", **incident), alert)
        self.assertEqual(self.alert(state="resolved", **incident), alert)
        self.assertEqual(alert.state, "recovered")
