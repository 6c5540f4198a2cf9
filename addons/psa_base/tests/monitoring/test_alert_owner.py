from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...exceptions import DeadLetter
from ..common import PsaDataMixin, read_payload
from .common import NIGHT, AlertMixin


@tagged("post_install", "-at_install")
class TestAlertOwner(AlertMixin, PsaDataMixin, TransactionCase):
    """Whose an alert is: no client hears of another one's devices, also while they change hands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.env["res.partner"].create({"name": "Fabrikam", "is_company": True})
        cls.incident = {
            "device": "",
            "group": "Northwind Dental",
            "condition": "incident:1",
            "organization_id": "51877",
        }

    def link(self, partner, external_id="4821"):
        self.env["psa.hub.organization"].create(
            {
                "connection_id": self.connection.id,
                "external_id": external_id,
                "name": "Linked",
                "partner_id": partner.id,
            }
        )

    def tickets_of(self, client):
        return self.env["helpdesk.ticket"].search([("partner_id", "=", client.id)])

    def maintain(self):
        """A maintenance window of an hour, and the moment after it."""
        now = fields.Datetime.now()
        self.env["psa.maintenance.window"].create(
            {"name": "Move", "connection_id": self.connection.id, "start_at": now, "end_at": now + timedelta(hours=1)}
        )
        return now + timedelta(hours=2)

    def test_alert_of_an_organization_that_is_linked_to_another_client_waits_for_a_person(self):
        self.link(self.buyer)
        with self.assertRaisesRegex(DeadLetter, "SRV-FS01 is Northwind.*under the group of Fabrikam") as caught:
            self.alert(organization_id="4821")
        self.assertEqual(caught.exception.mend, "move_asset")
        self.assertFalse(self.tickets_of(self.client))

    def test_alert_of_the_assets_client_or_of_an_organization_that_is_not_linked_is_worked(self):
        self.link(self.client)
        self.assertEqual(self.alert(organization_id="4821").state, "open")
        self.assertEqual(self.alert("Low disk space", organization_id="9999").state, "open")
        self.assertEqual(self.alert("CPU", organization_id="9999", group="Fabrikam").partner_id, self.client)

    def test_moving_the_asset_works_the_alerts_that_waited(self):
        self.connection.adapter = "pulseway"
        self.link(self.buyer)
        payload = read_payload("pulseway", "notification_critical")
        self.device.pulseway_id = payload["DeviceIdentifier"]
        message = self.work(payload)
        self.assertRecordValues(message, [{"state": "dead", "mend": "move_asset"}])
        action = message.with_user(self.operations).action_mend()
        match = self.env[action["res_model"]].with_user(self.operations).browse(action["res_id"])
        self.assertRecordValues(match, [{"partner_id": self.buyer.id, "name": "SRV-FS01", "is_whole": False}])
        match.line_ids.action_choose()
        self.assertEqual(message.state, "done", message.reason)
        self.assertEqual(message.ticket_id.partner_id, self.buyer)

    def test_incident_is_the_same_when_its_account_is_linked_to_another_client(self):
        alert = self.alert(**self.incident)
        self.link(self.buyer, "51877")
        self.assertEqual(self.alert(**self.incident), alert)
        self.assertFalse(self.tickets_of(self.buyer))
        self.assertEqual(self.alert(state="resolved", **self.incident), alert)
        self.assertEqual(alert.state, "recovered")

    def test_incident_without_a_ticket_goes_to_the_client_that_its_account_is_linked_to(self):
        with self.clock_at(NIGHT) as clock:
            later = self.maintain()
            alert = self.alert(hostname="SRV-FS01", **self.incident)
            self.link(self.buyer, "51877")
            self.assertEqual(self.alert(hostname="SRV-FS01", **self.incident), alert)
            clock.move_to(later)
            self.sweep()
        self.assertRecordValues(alert.ticket_id, [{"partner_id": self.buyer.id, "asset_id": False}])

    def test_titles_of_clients_without_a_device_are_not_thrown_together(self):
        ours = self.alert("No backup", device="", group="Northwind Dental")
        theirs = self.alert("No backup", device="", group="Fabrikam")
        self.assertNotEqual(ours, theirs)
        self.assertEqual(self.alert("No backup", device="", group="Northwind Dental", state="resolved"), ours)
        self.assertEqual(theirs.state, "open")

    def test_alert_without_a_ticket_goes_with_its_asset(self):
        for grouping in ("device_condition", "device"):
            with self.subTest(grouping=grouping), self.clock_at(NIGHT) as clock:
                rule = self.rule(grouping=grouping)
                later = self.maintain()
                alert = self.alert(grouping)
                self.device.partner_id = self.buyer
                clock.move_to(later)
                self.sweep()
                self.assertRecordValues(alert, [{"state": "open", "partner_id": self.buyer.id}])
                self.assertEqual(alert.ticket_id.partner_id, self.buyer)
                self.assertEqual(self.alert(grouping), alert)
                alert.ticket_id.asset_id = False
                self.device.partner_id = self.client
                rule.active = False

    def test_alert_with_a_ticket_stays_behind_when_its_asset_moves(self):
        alert = self.alert()
        ticket = alert.ticket_id
        ticket.asset_id = False
        self.device.partner_id = self.buyer
        self.assertRecordValues(alert, [{"state": "recovered", "partner_id": self.client.id, "asset_id": False}])
        notes = self.notes(ticket)
        again = self.alert()
        self.assertRecordValues(again, [{"state": "open", "partner_id": self.buyer.id}])
        self.assertEqual(again.ticket_id.partner_id, self.buyer)
        self.recover()
        self.assertEqual(self.notes(ticket), notes)
        self.assertFalse(ticket.stage_id.closed)

    def test_group_of_a_client_goes_on_without_the_asset_that_moved(self):
        self.rule(grouping="client_condition")
        self.env["psa.asset"].create({"name": "SRV-2", "partner_id": self.client.id, "pulseway_id": "device_2"})
        with self.clock_at(NIGHT) as clock:
            later = self.maintain()
            group = self.alert()
            self.alert(device="device_2")
            self.device.partner_id = self.buyer
            clock.move_to(later)
            self.sweep()
            self.assertRecordValues(group.ticket_id, [{"partner_id": self.client.id, "asset_id": False}])
            other = self.alert()
            self.assertEqual(other.ticket_id.partner_id, self.buyer)
            self.recover(device="device_2")
        self.assertEqual((group | other).mapped("state"), ["recovered", "open"])

    def test_incident_on_an_asset_that_moved_stays_with_its_client(self):
        with self.clock_at(NIGHT) as clock:
            later = self.maintain()
            alert = self.alert(hostname="SRV-FS01", **self.incident)
            self.device.partner_id = self.buyer
            clock.move_to(later)
            self.sweep()
        self.assertRecordValues(alert, [{"state": "open", "partner_id": self.client.id, "asset_id": False}])
        self.assertEqual(alert.ticket_id.partner_id, self.client)
