import json
from datetime import timedelta

from freezegun import freeze_time
from standardwebhooks import Webhook

from odoo import fields
from odoo.tests import tagged

from ...tools.webhook.events import PING
from ..calls.loopback import Loopback
from ..common import PsaCase, SameCursorMixin, trap_jobs
from .common import SlaMixin

BREACHED, LATER = "2026-07-06 03:00:00", "2026-07-06 09:30:00"


@tagged("post_install", "-at_install")
class TestSlaWebhook(SameCursorMixin, SlaMixin, PsaCase):
    """Another system is told of SLA alerts, signed and through the outbox, until it has taken them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.env["psa.hub.connection"].create(
            {
                "name": "Wallboard",
                "adapter": "webhook",
                "base_url": "http://127.0.0.1:9/hook?board=4",
                "may_use_http": True,
            }
        )
        cls.secret = cls.webhook._rotate_secret()
        cls.threshold = cls.create_threshold("Missed", trigger="after", webhook_id=cls.webhook.id, escalation_level=1)
        cls.ticket = cls.create_ticket()
        cls.plan(cls.ticket, [(BREACHED, None), (BREACHED, cls.threshold)])

    def setUp(self):
        super().setUp()
        self.sweep(LATER)
        self.alert = self.env["psa.sla.alert"].search([("ticket_id", "=", self.ticket.id)])

    def get_message(self):
        return self.env["psa.hub.outbox"].search([("res_model", "=", "psa.sla.alert"), ("res_id", "=", self.alert.id)])

    def post_to(self, receiver, after=timedelta()):
        """Run the job of the outbox, `after` so long; the receiver answers at the address of the webhook."""
        self.webhook.base_url = f"{receiver.url}/hook?board=4"
        self.env.flush_all()
        outbox = self.env["psa.hub.outbox"].with_user(self.env.ref("psa_base.user_integration"))
        with trap_jobs(), freeze_time(fields.Datetime.now() + after):
            tries = outbox._send_due(self.webhook.with_env(outbox.env))
        self.env.invalidate_all()
        return tries

    def test_delivery_posts_nothing_by_itself(self):
        self.assertEqual((self.alert.state, self.alert.webhook_state), ("delivered", "pending"))
        self.assertEqual(self.get_message().state, "waiting")

    def test_post_is_signed_and_tells_the_true_moments(self):
        with Loopback(204) as receiver:
            self.post_to(receiver)
        [post] = receiver.calls
        self.assertEqual((post["method"], post["path"]), ("POST", "/hook?board=4"))
        # The official library of Standard Webhooks says whether the signature is right.
        payload = Webhook(self.secret).verify(post["body"], post["headers"])
        self.assertEqual((payload["type"], payload["timestamp"]), ("sla.alert", "2026-07-06T03:00:00Z"))
        self.assertEqual(payload["data"]["ticket"], self.ticket.number)
        self.assertEqual(payload["data"]["breached_at"], "2026-07-06T03:00:00Z")
        self.assertEqual(self.alert.webhook_state, "posted")

    def test_posted_alert_is_not_posted_again(self):
        with Loopback(204) as receiver:
            self.post_to(receiver)
            self.post_to(receiver)
            self.deliver()
        self.assertEqual(len(receiver.calls), 1)

    def test_receiver_that_is_out_of_order_gets_the_same_message_later(self):
        with Loopback(503, 302, 404, 200) as receiver:
            for tries in (1, 2, 3):
                self.assertEqual(self.post_to(receiver, timedelta(hours=2 * tries)), 1)
                self.assertRecordValues(self.get_message(), [{"state": "waiting", "tries": tries}])
                self.assertEqual(self.alert.webhook_state, "pending")
            self.post_to(receiver, timedelta(hours=8))
        self.assertEqual(self.alert.webhook_state, "posted")
        self.assertEqual(len({post["headers"]["webhook-id"] for post in receiver.calls}), 1)
        self.assertEqual(len({post["body"] for post in receiver.calls}), 1)

    def test_receiver_that_never_takes_it_is_given_up_until_somebody_asks(self):
        with Loopback(*[400] * 12, 204) as receiver:
            for tries in range(12):
                self.post_to(receiver, timedelta(hours=2 * tries))
            self.assertEqual(self.alert.webhook_state, "failed")
            self.assertIn("(400)", self.alert.webhook_error)
            with trap_jobs():
                self.alert.with_user(self.operations).action_deliver_again()
            self.assertEqual(self.alert.webhook_state, "pending")
            self.post_to(receiver, timedelta(days=2))
        self.assertEqual(self.alert.webhook_state, "posted")
        self.assertEqual(self.get_message().attempt_ids[0].user_id, self.operations)

    def test_receiver_that_is_gone_is_not_asked_again(self):
        with Loopback(410) as receiver:
            self.post_to(receiver)
        self.assertEqual(self.alert.webhook_state, "failed")

    def test_test_button_posts_what_any_message_looks_like(self):
        with Loopback(204) as receiver, trap_jobs():
            self.webhook.base_url = receiver.url
            action = self.webhook.action_test_connection()
        self.assertEqual(action["params"]["type"], "success", action)
        [post] = receiver.calls
        payload = Webhook(self.secret).verify(post["body"], post["headers"])
        self.assertRegex(payload.pop("timestamp", ""), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(payload, {"type": PING, "data": {}})

    def test_order_is_kept_behind_a_failure(self):
        second = self.create_ticket()
        self.plan(second, [("2026-07-06 04:00:00", self.threshold)])
        self.sweep(LATER)
        with Loopback(500, 200) as receiver:
            self.assertEqual(self.post_to(receiver), 1)
            self.assertEqual(self.post_to(receiver, timedelta(hours=2)), 2)
        numbers = [json.loads(post["body"])["data"]["ticket"] for post in receiver.calls]
        self.assertEqual(numbers, [self.ticket.number, self.ticket.number, second.number])

    def test_old_and_new_secret_sign_while_one_is_replaced(self):
        new = self.webhook._rotate_secret()
        with Loopback(204) as receiver:
            self.post_to(receiver)
        for secret in (self.secret, new):
            Webhook(secret).verify(receiver.calls[0]["body"], receiver.calls[0]["headers"])

    def test_webhook_without_a_secret_posts_nothing(self):
        self.webhook.sudo().secret_sealed = False
        with Loopback(204) as receiver:
            self.post_to(receiver)
        self.assertFalse(receiver.calls)
        self.assertIn("signing secret", self.alert.webhook_error)
