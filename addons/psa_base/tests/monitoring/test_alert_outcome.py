from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...adapters.facts import Priority
from ..common import PsaDataMixin
from .common import AlertMixin

NOON = datetime(2026, 7, 6, 2)


@tagged("post_install", "-at_install")
class TestAlertOutcome(AlertMixin, PsaDataMixin, TransactionCase):
    """What rules, maintenance and time make of alerts."""

    def setUp(self):
        super().setUp()
        self.clock = self.enterContext(self.clock_at(NOON))

    def wait(self, **delta):
        self.now = getattr(self, "now", NOON) + timedelta(**delta)
        self.clock.move_to(self.now)

    def window(self, **values):
        return self.env["psa.maintenance.window"].create(
            {
                "name": "Firewall",
                "partner_id": self.client.id,
                "start_at": NOON - timedelta(hours=1),
                "end_at": NOON + timedelta(hours=1),
                **values,
            }
        )

    def test_rule_says_team_priority_category_and_tags(self):
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Security"})
        category = self.env["helpdesk.ticket.category"].create({"name": "Malware"})
        levels = self.env["psa.alert.priority"].create({"name": "Urgent", "normal": "3"})
        rule = self.rule(
            title_patterns="malware",
            team_id=self.free_team.id,
            priority_id=levels.id,
            category_id=category.id,
            tag_ids=tag.ids,
        )
        alert = self.alert("Malware found")
        self.assertEqual(alert.rule_id, rule)
        self.assertRecordValues(
            alert.ticket_id,
            [{"team_id": self.free_team.id, "priority": "3", "category_id": category.id, "tag_ids": tag.ids}],
        )
        self.assertEqual(self.alert("CPU").ticket_id.team_id, self.team)

    def test_ignored_alert_is_kept_without_a_ticket(self):
        rule = self.rule(outcome="ignore")
        alert = self.alert()
        self.alert()
        self.assertRecordValues(alert, [{"state": "ignored", "ticket_id": False, "occurrence_count": 2}])
        rule.active = False
        self.alert()
        self.assertRecordValues(alert, [{"state": "open", "occurrence_count": 3}])
        self.assertTrue(alert.ticket_id)

    def test_held_alert_becomes_a_ticket_when_it_was_seen_often_enough(self):
        self.rule(outcome="hold", hold_count=3, hold_minutes=30)
        alert = self.alert()
        self.wait(minutes=20)
        self.alert()
        self.wait(minutes=20)
        self.alert()
        self.assertRecordValues(alert, [{"state": "held", "occurrence_count": 3, "ticket_id": False}])
        self.wait(minutes=5)
        self.alert()
        self.assertEqual(alert.state, "open")
        self.assertTrue(alert.ticket_id)

    def test_held_alert_that_comes_no_more_is_over(self):
        self.rule(outcome="hold", hold_count=3, hold_minutes=30)
        alert = self.alert()
        self.wait(minutes=29)
        self.sweep()
        self.assertEqual(alert.state, "held")
        self.wait(minutes=1)
        self.sweep()
        self.assertRecordValues(alert, [{"state": "recovered", "ticket_id": False}])

    def test_quiet_alert_is_over_and_its_untouched_ticket_closed(self):
        self.rule(quiet_hours=4)
        alert = self.alert()
        self.wait(hours=3, minutes=59)
        self.sweep()
        self.assertEqual(alert.state, "open")
        self.wait(minutes=1)
        self.sweep()
        self.assertEqual(alert.state, "recovered")
        self.assertTrue(alert.ticket_id.stage_id.closed)
        self.assertIn("has not been seen for a while", self.notes(alert.ticket_id))

    def test_flapping_alert_keeps_its_ticket_open_until_there_is_calm(self):
        self.rule(flap_count=3, flap_minutes=60)
        for _time in range(2):
            self.alert()
            self.recover()
            self.wait(minutes=5)
        alert = self.alert()
        self.assertRecordValues(alert, [{"is_flapping": True, "opening_count": 3}])
        self.recover()
        ticket = alert.ticket_id
        self.assertFalse(ticket.stage_id.closed)
        self.assertIn("come and gone", self.notes(ticket))
        self.wait(minutes=59)
        self.sweep()
        self.assertFalse(ticket.stage_id.closed)
        self.wait(minutes=1)
        self.sweep()
        self.assertTrue(ticket.stage_id.closed)
        self.assertFalse(alert.calm_at)

    def test_flapping_alert_that_is_back_waits_for_calm_no_more(self):
        self.rule(flap_count=2, flap_minutes=60)
        self.alert()
        self.recover()
        flapping = self.alert()
        self.recover()
        self.wait(minutes=30)
        self.alert()
        self.wait(minutes=31)
        self.sweep()
        self.assertFalse(flapping.calm_at)
        self.assertFalse(flapping.ticket_id.stage_id.closed)

    def test_group_of_a_device_is_over_when_all_its_conditions_are(self):
        self.rule(grouping="device")
        alert = self.alert("Device offline")
        self.assertEqual(self.alert("Low disk space"), alert)
        self.recover()
        self.assertEqual(alert.state, "open")
        self.alert("Low disk space", state="resolved")
        self.assertEqual(alert.state, "recovered")

    def test_group_of_a_client_counts_on_one_ticket(self):
        self.rule(grouping="client_condition")
        self.env["psa.asset"].create({"name": "SRV-2", "partner_id": self.client.id, "pulseway_id": "device_2"})
        alert = self.alert()
        self.assertEqual(self.alert(device="device_2"), alert)
        self.recover()
        self.assertEqual(alert.state, "open")
        self.recover(device="device_2")
        self.assertEqual(alert.state, "recovered")

    def test_group_with_a_device_that_nobody_works_on_is_a_ticket(self):
        self.rule(grouping="client_condition")
        self.env["psa.asset"].create({"name": "SRV-2", "partner_id": self.client.id, "pulseway_id": "device_2"})
        self.window(asset_ids=self.device.ids)
        alert = self.alert()
        self.assertEqual(alert.state, "suppressed")
        self.alert(device="device_2")
        self.assertRecordValues(alert, [{"state": "open", "occurrence_count": 2}])

    def test_alert_in_a_window_is_suppressed_and_judged_at_its_end(self):
        window = self.window()
        alert = self.alert()
        self.assertRecordValues(
            alert, [{"state": "suppressed", "ticket_id": False, "suppressed_by": "Maintenance window: Firewall"}]
        )
        self.sweep()
        self.assertEqual(alert.state, "suppressed")
        self.wait(hours=30)  # the scheduler stood still
        self.assertFalse(window.is_on)
        self.sweep()
        self.sweep()
        self.assertEqual(alert.state, "open")
        self.assertEqual(self.env["helpdesk.ticket"].search([("asset_id", "=", self.device.id)]), alert.ticket_id)

    def test_alert_that_recovers_in_the_window_makes_nothing(self):
        self.window()
        alert = self.alert()
        self.recover()
        self.wait(hours=2)
        self.sweep()
        self.assertRecordValues(alert, [{"state": "recovered", "ticket_id": False}])

    def test_window_is_for_what_it_names(self):
        other_client = self.env["res.partner"].create({"name": "Fabrikam", "is_company": True})
        other_device = self.env["psa.asset"].create({"name": "SRV-2", "partner_id": self.client.id})
        other_connection = self.connection.copy({"name": "Other"})
        table = [
            ({}, "suppressed"),
            ({"partner_id": other_client.id}, "open"),
            ({"asset_ids": self.device.ids}, "suppressed"),
            ({"asset_ids": other_device.ids}, "open"),
            ({"partner_id": False, "connection_id": self.connection.id}, "suppressed"),
            ({"connection_id": other_connection.id}, "open"),
            ({"start_at": NOON + timedelta(minutes=1)}, "open"),
            ({"start_at": NOON}, "suppressed"),
            ({"end_at": NOON}, "open"),
            ({"active": False}, "open"),
        ]
        for number, (values, state) in enumerate(table):
            with self.subTest(**values):
                window = self.window(**values)
                self.assertEqual(self.alert(f"Condition {number}").state, state)
                window.active = False

    def test_device_that_monitoring_has_in_maintenance_is_silent(self):
        self.device.is_in_maintenance = True
        alert = self.alert()
        self.assertEqual(alert.suppressed_by, "The monitoring system has the device in maintenance")
        self.device.is_in_maintenance = False
        self.sweep()
        self.assertEqual(alert.state, "open")

    def test_asset_that_is_back_from_maintenance_is_judged(self):
        self.device.action_start_maintenance()
        alert = self.alert()
        self.device.action_reactivate()
        self.sweep()
        self.assertEqual(alert.state, "open")

    def test_maintenance_does_not_touch_a_ticket_that_is_open(self):
        alert = self.alert()
        self.window()
        self.wait(minutes=59)
        before = len(alert.ticket_id.message_ids)
        self.alert(priority=Priority.CRITICAL)
        self.assertRecordValues(alert, [{"state": "open", "occurrence_count": 2, "priority": "1"}])
        self.assertEqual(len(alert.ticket_id.message_ids), before)
        self.wait(minutes=2)
        self.alert(priority=Priority.CRITICAL)
        self.assertEqual(alert.ticket_id.priority, "3")

    def test_end_of_maintenance_tells_an_open_ticket_what_came_up_meanwhile(self):
        self.rule(grouping="device")
        alert = self.alert("Low disk space", priority=Priority.LOW)
        ticket = alert.ticket_id
        self.wait(minutes=5)
        self.window()
        self.alert("Backup failed", priority=Priority.CRITICAL)
        self.alert("Device offline")
        self.alert("CPU is hot", priority=Priority.ELEVATED)
        self.alert("Backup failed", state="resolved")
        before = ticket.message_ids
        self.sweep()
        self.assertEqual((ticket.priority, ticket.message_ids), ("0", before))
        self.wait(hours=2)
        self.sweep()
        self.sweep()
        self.assertEqual((alert.priority, ticket.priority), ("2", "2"))
        [note] = (ticket.message_ids - before).mapped("body")
        self.assertIn("this is still on: CPU is hot, Device offline.", note)
        self.assertIn("High now", note)

    def test_end_of_maintenance_is_silent_about_what_is_over(self):
        self.rule(grouping="device")
        alert = self.alert("Low disk space")
        ticket = alert.ticket_id
        self.wait(minutes=5)
        self.window()
        self.alert("Device offline", priority=Priority.CRITICAL)
        self.recover()
        self.wait(hours=2)
        before = ticket.message_ids
        self.sweep()
        self.assertEqual((ticket.priority, ticket.message_ids), ("1", before))
        self.assertFalse(alert.muted_since)

    def test_open_ticket_is_told_when_nobody_works_on_any_of_its_devices(self):
        self.rule(grouping="client_condition")
        other = self.env["psa.asset"].create({"name": "SRV-2", "partner_id": self.client.id, "pulseway_id": "device_2"})
        ticket = self.alert().ticket_id
        (self.device | other).action_start_maintenance()
        self.alert(priority=Priority.ELEVATED)
        self.alert(device="device_2", priority=Priority.CRITICAL)
        self.device.action_reactivate()
        self.sweep()
        self.assertEqual(ticket.priority, "1")
        other.action_reactivate()
        self.sweep()
        self.assertEqual(ticket.priority, "3")

    def test_end_of_maintenance_asks_the_rules(self):
        self.window()
        ignored, held = self.alert("Low disk space"), self.alert("CPU")
        self.rule(title_patterns="disk", outcome="ignore")
        self.rule(title_patterns="cpu", outcome="hold", hold_count=2, hold_minutes=600)
        self.wait(hours=2)
        self.sweep()
        self.assertEqual((ignored | held).mapped("state"), ["ignored", "held"])

    @mute_logger("odoo.addons.psa_base.models.monitoring.psa_alert_upkeep")
    def test_alert_that_cannot_become_a_ticket_does_not_stop_the_others(self):
        self.window()
        broken, whole = self.alert("Broken"), self.alert("Whole")
        self.wait(hours=2)
        model = type(self.env["psa.alert"])
        make_ticket = model._make_ticket

        def make_some(alert, rule):
            if alert.title == "Broken":
                raise ValueError("No")
            return make_ticket(alert, rule)

        with patch.object(model, "_make_ticket", make_some):
            self.sweep()
        self.assertEqual((broken | whole).mapped("state"), ["suppressed", "open"])
        self.assertIn("an error holds it up (No)", broken.suppressed_by)
        self.sweep()
        self.assertEqual(broken.state, "open")

    def test_dispatcher_makes_the_ticket_at_once(self):
        self.window()
        alert = self.alert().with_user(self.operations)
        alert.action_open_ticket_now()
        self.assertEqual(alert.state, "open")
        self.assertEqual(alert.sudo().ticket_id.create_uid, self.integration_user)

    def test_technician_decides_nothing_about_alerts(self):
        alert = self.alert().with_user(self.support)
        with self.assertRaises(AccessError):
            alert.action_end()
        with self.assertRaises(AccessError):
            alert.write({"state": "recovered"})

    def test_dispatcher_ends_an_alert_and_the_ticket_stays(self):
        alert = self.alert().with_user(self.operations)
        alert.action_end()
        self.assertEqual(alert.state, "recovered")
        self.assertFalse(alert.ticket_id.stage_id.closed)

    def test_rules_are_told_in_words(self):
        rule = self.rule(title_patterns="backup*failed", is_critical=True, outcome="hold", quiet_hours=4)
        self.assertEqual(rule.when, "Title: backup*failed · Priority: Critical")
        self.assertEqual(
            rule.then, "Make a ticket when it was seen 3 times within 30 minutes · Over after 4 quiet hours"
        )
        self.assertEqual(self.rule().when, "Any alert")

    def test_rule_for_hours_needs_a_calendar(self):
        with self.assertRaisesRegex(ValidationError, "whose working hours"):
            self.rule(hours="outside")
