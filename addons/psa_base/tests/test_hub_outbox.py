from odoo.tests import TransactionCase, tagged

from .common import HubMixin, SameCursorMixin, trap_jobs
from .loopback import Loopback


@tagged("post_install", "-at_install")
class TestHubOutbox(SameCursorMixin, HubMixin, TransactionCase):
    """What is to be sent: put by a business transaction, sent by a job."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receiver = cls.env["psa.hub.connection"].create(
            {"name": "Wallboard", "adapter": "webhook", "base_url": "http://127.0.0.1:9/hook", "team_id": cls.team.id}
        )
        cls.receiver._rotate_secret()
        cls.outbox = cls.env["psa.hub.outbox"].with_user(cls.integration_user)

    def put(self, key="msg_1", **values):
        return self.env["psa.hub.outbox"]._put(self.receiver, "webhook.post", {"type": "test"}, key, **values)

    def send(self):
        with trap_jobs():
            return self.outbox._send_due(self.receiver.with_env(self.outbox.env))

    def test_message_is_sent_once(self):
        with Loopback(204) as far:
            self.receiver.base_url = far.url
            message = self.put()
            self.assertEqual(self.put(), message)
            self.assertEqual(self.send(), 1)
            self.assertEqual(self.send(), 0)
        self.assertEqual(len(far.calls), 1)
        self.assertRecordValues(message, [{"state": "sent", "tries": 1, "is_unsure": False}])
        self.assertRecordValues(message.attempt_ids, [{"result": "done", "error_class": False}])

    def test_server_that_is_down_is_tried_again_later(self):
        message = self.put()
        self.assertEqual(self.send(), 1)
        self.assertRecordValues(message, [{"state": "waiting", "tries": 1, "error_class": "temporary"}])
        self.assertIn("cannot be reached", message.reason)
        self.assertTrue(message.retry_at)
