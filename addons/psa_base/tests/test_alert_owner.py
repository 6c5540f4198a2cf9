from odoo.tests import TransactionCase, tagged

from ..exceptions import DeadLetter
from .common import PsaDataMixin, read_payload
from .test_alert import AlertMixin


@tagged("post_install", "-at_install")
class TestAlertOwner(AlertMixin, PsaDataMixin, TransactionCase):
    """Whose an alert is: no client hears of another one's devices, also while they change hands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.env["res.partner"].create({"name": "Fabrikam", "is_company": True})

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
