from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..common import PsaDataMixin
from .common import NIGHT, AlertMixin


@tagged("post_install", "-at_install")
class TestAlertLate(AlertMixin, PsaDataMixin, TransactionCase):
    """Messages that come in another order than things happened in: the sender's time says what is so."""

    def setUp(self):
        super().setUp()
        self.enterContext(self.clock_at(NIGHT))

    def ago(self, minutes):
        return fields.Datetime.now() - timedelta(minutes=minutes)

    def count_tickets(self):
        return self.env["helpdesk.ticket"].search_count([("asset_id", "=", self.device.id)])

    def test_alert_that_was_over_before_it_came_opens_nothing(self):
        self.assertFalse(self.recover(occurred_at=self.ago(5)))
        self.assertFalse(self.alert(occurred_at=self.ago(10)))
        self.assertEqual(self.count_tickets(), 0)
        self.assertEqual(self.alert(occurred_at=self.ago(4)).state, "open")

    def test_recovery_that_ended_one_alert_ends_those_that_come_later_too(self):
        self.env["psa.alert.recovery"].create({"recovery_titles": "back online", "ended_titles": "not reachable"})
        self.alert(occurred_at=self.ago(10))
        self.recover(occurred_at=self.ago(5))
        self.assertFalse(self.alert("Device not reachable", occurred_at=self.ago(9)))
        self.assertEqual(self.alert("Low disk space", occurred_at=self.ago(9)).state, "open")

    def test_recovery_is_remembered_for_its_device_and_connection(self):
        self.env["psa.asset"].create({"name": "SRV-2", "partner_id": self.client.id, "pulseway_id": "device_2"})
        self.recover(occurred_at=self.ago(5))
        self.assertEqual(self.alert(device="device_2", occurred_at=self.ago(10)).state, "open")
        self.connection = self.connection.copy({"name": "Other"})
        self.assertEqual(self.alert(occurred_at=self.ago(10)).state, "open")

    def test_recovery_that_ended_nothing_is_kept_for_some_weeks(self):
        recoveries = self.env["psa.alert.occurrence"].search([])
        with self.clock_at(NIGHT) as clock:
            self.recover(occurred_at=self.ago(5))
            alert = self.alert()
            self.recover(occurred_at=fields.Datetime.now())
            for days, count in ((39, 4), (2, 2)):
                clock.move_to(fields.Datetime.now() + timedelta(days=days))
                self.env["psa.alert.occurrence"]._gc_recoveries()
                kept = self.env["psa.alert.occurrence"].search([]) - recoveries
                self.assertEqual(len(kept), count)
        self.assertEqual(kept.alert_id, alert)

    def test_recovery_without_a_time_is_over_with(self):
        self.recover()
        self.assertEqual(self.alert(occurred_at=self.ago(10)).state, "open")

    def test_incident_that_was_resolved_before_it_came_opens_nothing(self):
        incident = {"device": "", "group": "Northwind Dental", "condition": "incident:1"}
        self.assertFalse(self.alert(state="resolved", occurred_at=self.ago(5), **incident))
        self.assertFalse(self.alert(occurred_at=self.ago(10), **incident))
        self.assertTrue(self.alert(occurred_at=self.ago(2), **incident).ticket_id)

    def test_recovery_does_not_end_what_came_up_after_it(self):
        alert = self.alert(occurred_at=self.ago(2))
        self.alert(occurred_at=self.ago(10))
        self.recover(occurred_at=self.ago(5))
        self.assertEqual(alert.state, "open")
        self.assertFalse(alert.ticket_id.stage_id.closed)
        self.recover(occurred_at=self.ago(1))
        self.assertEqual(alert.state, "recovered")

    def test_message_that_is_fetched_again_after_its_retention_counts_once(self):
        incident = {"device": "", "group": "Northwind Dental", "condition": "incident:1", "external_id": "1"}
        alert = self.alert(occurred_at=self.ago(12), **incident)
        for _time in range(2):
            self.assertEqual(self.alert(occurred_at=self.ago(10), **incident), alert)
        ticket = alert.ticket_id
        ticket.stage_id = self.team._get_applicable_stages().filtered("closed")[:1]
        self.sweep()
        self.assertEqual(self.alert(occurred_at=self.ago(10), **incident), alert)
        self.assertRecordValues(alert, [{"state": "recovered", "occurrence_count": 2}])
        self.assertTrue(ticket.stage_id.closed)
        self.assertEqual(self.alert(occurred_at=self.ago(5), **incident).state, "open")
