import json
import time

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ...tools import secrets_box
from ..common import new_test_user, read_payload
from ..vendor_simulator import Fault, VendorSimulator
from ..vendor_simulator.pulseway import sign
from .common import WebhookMixin

DAY = 24 * 60 * 60


@tagged("post_install", "-at_install")
class TestHubVendorWebhook(WebhookMixin, HttpCase):
    """Webhooks in the format and with the signature of each vendor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.pulseway, cls.rocketcyber = cls.env["psa.hub.connection"].create(
            [
                {"name": "Pulseway", "adapter": "pulseway", "team_id": cls.team.id, "call_interval": 0},
                {"name": "RocketCyber", "adapter": "rocketcyber", "team_id": cls.team.id},
            ]
        )
        cls.key = "0123456789abcdef" * 4
        cls.pulseway._set_signing_secret(secrets_box.seal(cls.key))

    def post(self, payload, key=None, as_hex=False):
        body = json.dumps(payload).encode()
        return self.opener.post(
            f"{self.base_url()}/psa/webhook/{self.pulseway.token}",
            data=body,
            headers={
                "Content-Type": "application/json",
                "x-hmac-signature": sign(key or self.key, body, as_hex=as_hex),
            },
            timeout=30,
        )

    def make_payload(self, **changes):
        return {**read_payload("pulseway", "notification_critical"), "DateTime": int(time.time()), **changes}

    def list_messages(self, connection):
        return self.env["psa.hub.inbox"].search([("connection_id", "=", connection.id)], order="id")

    def test_pulseway_is_accepted_by_either_reading_of_its_key(self):
        for identifier, as_hex in ((1, False), (2, True)):
            self.assertEqual(self.post(self.make_payload(Id=identifier), as_hex=as_hex).status_code, 202)
        message = self.list_messages(self.pulseway)[0]
        self.assertRecordValues(
            message,
            [
                {
                    "dedupe_key": "notification:1",
                    "event_type": "Notification",
                    "device_key": "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b",
                    "source": "webhook",
                }
            ],
        )
        self.assertEqual(message.headers["x-hmac-signature"], "***")

    def test_pulseway_delivery_again_is_answered_as_duplicate(self):
        payload = self.make_payload()
        first, second = self.post(payload), self.post(payload)
        self.assertEqual((first.status_code, second.status_code), (202, 200))
        self.assertEqual(first.json()["id"], second.json()["id"])

    def test_pulseway_event_of_days_ago_is_taken_as_its_moment_is_not_that_of_sending(self):
        self.assertEqual(self.post(self.make_payload(DateTime=int(time.time()) - 6 * DAY)).status_code, 202)

    def test_pulseway_message_whose_time_is_no_time_is_a_dead_letter(self):
        for identifier, moment in ((1, {}), (2, [1])):
            self.assertEqual(self.post(self.make_payload(Id=identifier, DateTime=moment)).status_code, 202)
        messages = self.list_messages(self.pulseway)
        for message in messages.with_user(self.integration_user):
            message._work()
        self.assertRecordValues(messages, [{"state": "dead", "mend": "fix_sender"}] * 2)
        self.assertIn("DateTime", messages[0].reason)

    def test_pulseway_older_than_its_ids_are_kept_and_with_a_wrong_key_are_refused_alike(self):
        old = self.post(self.make_payload(DateTime=int(time.time()) - 8 * DAY))
        forged = self.post(self.make_payload(), key="f" * 64)
        self.assertEqual((old.status_code, forged.status_code), (401, 401))
        self.assertEqual(old.json()["title"], forged.json()["title"])
        self.assertFalse(self.list_messages(self.pulseway))

    def test_pulseway_alert_becomes_a_ticket_of_its_client(self):
        asset = self.env["psa.asset"].create(
            {
                "name": "SRV-FS01",
                "partner_id": self.client.id,
                "pulseway_id": "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b",
            }
        )
        self.post(self.make_payload())
        message = self.list_messages(self.pulseway)
        message.with_user(self.integration_user)._work()
        self.assertEqual(message.state, "done", message.reason)
        self.assertRecordValues(
            message.ticket_id, [{"asset_id": asset.id, "partner_id": self.client.id, "name": "Low disk space"}]
        )

    def test_finished_workflow_is_settled_without_effect(self):
        self.assertEqual(self.post(read_payload("pulseway", "workflow_finished")).status_code, 202)
        message = self.list_messages(self.pulseway)
        message.with_user(self.integration_user)._work()
        self.assertRecordValues(message, [{"state": "done", "ticket_id": False, "asset_id": False}])

    def test_relayed_incident_is_the_one_that_was_polled(self):
        secret = self.rocketcyber._rotate_secret()
        payload = read_payload("rocketcyber", "incident_open")
        self.assertEqual(self.deliver(payload, secret=secret, token=self.rocketcyber.token).status_code, 202)
        again = self.deliver(payload, secret=secret, token=self.rocketcyber.token)
        self.assertEqual((again.status_code, again.json()["status"]), (200, "duplicate"))

    def test_registered_address_is_signed_with_the_vendors_own_key(self):
        simulator = self.enterContext(VendorSimulator())
        self.pulseway.write({"base_url": simulator.pulseway_url, "may_use_http": True})
        self.pulseway._set_credential(secrets_box.seal("sim-token-id:sim-token-secret"))
        pulseway = self.pulseway.with_user(self.administrator)
        for _each in range(2):
            pulseway.action_register_webhook()
            [webhook] = simulator.pulseway.webhooks.values()
            self.assertEqual(webhook["Url"], self.pulseway.url)
            self.assertEqual(self.pulseway._get_live_secrets()[0], webhook["SecretKey"])
        self.assertEqual(self.post(self.make_payload(), key=webhook["SecretKey"]).status_code, 202)
        self.assertTrue(pulseway.webhook_registered_at)

    def test_refused_registration_says_why_and_keeps_the_secret(self):
        simulator = self.enterContext(VendorSimulator())
        self.pulseway.write({"base_url": simulator.pulseway_url, "may_use_http": True})
        self.pulseway._set_credential(secrets_box.seal("sim-token-id:sim-token-secret"))
        simulator.fail("POST /pulseway/v3/notifications/webhooks", Fault("status", status=403))
        with self.assertRaisesRegex(UserError, "Check the credentials"):
            self.pulseway.with_user(self.administrator).action_register_webhook()
        self.assertEqual(self.pulseway._get_live_secrets()[0], self.key)

    def test_only_administrators_register(self):
        with self.assertRaises(AccessError):
            self.pulseway.with_user(self.dispatcher).action_register_webhook()
        with self.assertRaises(UserError):
            self.rocketcyber.with_user(self.administrator).action_register_webhook()
