import json
from datetime import UTC, datetime

from standardwebhooks import Webhook

from odoo.tests import TransactionCase, tagged

from ...tools import standard_webhooks


@tagged("post_install", "-at_install")
class TestStandardWebhooks(TransactionCase):
    """Our signatures and those of the official library are the same."""

    def setUp(self):
        super().setUp()
        self.body = json.dumps({"text": "Füße"}).encode()
        self.now = int(datetime.now(UTC).timestamp())
        self.secret = standard_webhooks.generate_secret()

    def _get_headers(self, signature, message_id="msg_1"):
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(self.now),
            "webhook-signature": signature,
        }

    def _is_genuine(self, signature, body=None, secrets=None):
        return standard_webhooks.is_genuine(
            self._get_headers(signature), body or self.body, secrets or [self.secret], self.now, 300
        )

    def test_known_vector_gives_known_signature(self):
        signature = standard_webhooks.sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b'{"test": 2432232314}',
        )
        self.assertEqual(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    def test_official_signature_is_genuine(self):
        signature = Webhook(self.secret).sign("msg_1", datetime.fromtimestamp(self.now, UTC), self.body.decode())
        self.assertTrue(self._is_genuine(signature))

    def test_our_signature_is_genuine_to_the_official_library(self):
        signature = standard_webhooks.sign(self.secret, "msg_1", self.now, self.body)
        self.assertEqual(
            Webhook(self.secret).verify(self.body.decode(), self._get_headers(signature)),
            json.loads(self.body),
        )

    def test_changed_body_is_not_genuine(self):
        signature = standard_webhooks.sign(self.secret, "msg_1", self.now, self.body)
        self.assertFalse(self._is_genuine(signature, body=self.body + b" "))

    def test_no_secret_means_nothing_is_genuine(self):
        signature = standard_webhooks.sign(self.secret, "msg_1", self.now, self.body)
        self.assertFalse(standard_webhooks.is_genuine(self._get_headers(signature), self.body, [], self.now, 300))

    def test_two_secrets_are_never_the_same(self):
        self.assertNotEqual(standard_webhooks.generate_secret(), standard_webhooks.generate_secret())
