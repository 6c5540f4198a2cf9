import json
from unittest.mock import patch

import requests
from standardwebhooks import Webhook

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PsaCase, SlaMixin, trap_jobs

BREACHED, LATER = "2026-07-06 03:00:00", "2026-07-06 09:30:00"


class Receiver:
    """The other system: keeps what is posted to it, and answers as the test says."""

    def __init__(self, *answers):
        self.answers, self.posts = list(answers), []

    def post(self, url, data, headers, timeout, allow_redirects):
        self.posts.append({"url": url, "body": data, "headers": headers, "timeout": timeout})
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code = answer
        return response


@tagged("post_install", "-at_install")
class TestSlaWebhook(SlaMixin, PsaCase):
    """Another system is told of alerts, signed, by a job of its own that tries until it is heard."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.env["psa.sla.webhook"].create({"name": "Wallboard", "url": "https://board.example/hook"})
        cls.secret = cls.webhook._rotate_secret()
        cls.threshold = cls.create_threshold("Missed", trigger="after", webhook_id=cls.webhook.id, escalation_level=1)
        cls.ticket = cls.create_ticket()
        cls.plan(cls.ticket, [(BREACHED, None), (BREACHED, cls.threshold)])

    def setUp(self):
        super().setUp()
        self.sweep(LATER)
        self.alert = self.env["psa.sla.alert"].search([("ticket_id", "=", self.ticket.id)])

    def post_to(self, receiver):
        with patch.object(requests, "post", receiver.post), trap_jobs() as trap:
            self.env["psa.sla.alert"]._post_pending(self.webhook)
        return trap

    def test_delivery_posts_nothing_by_itself(self):
        self.assertEqual((self.alert.state, self.alert.webhook_state), ("delivered", "pending"))

    def test_post_is_signed_and_tells_the_true_moments(self):
        receiver = Receiver()
        self.post_to(receiver)
        [post] = receiver.posts
        self.assertEqual(post["url"], "https://board.example/hook")
        self.assertLessEqual(post["timeout"], 30)
        # the official library of Standard Webhooks is the judge
        payload = Webhook(self.secret).verify(post["body"], post["headers"])
        self.assertEqual((payload["type"], payload["timestamp"]), ("sla.alert", "2026-07-06T03:00:00Z"))
        self.assertEqual(payload["data"]["ticket"], self.ticket.number)
        self.assertEqual(payload["data"]["breached_at"], "2026-07-06T03:00:00Z")
        self.assertEqual(self.alert.webhook_state, "posted")

    def test_posted_alert_is_not_posted_again(self):
        receiver = Receiver()
        self.post_to(receiver)
        self.post_to(receiver)
        self.deliver()
        self.assertEqual(len(receiver.posts), 1)

    @mute_logger("odoo.addons.psa_base.models.psa_sla_webhook_queue_mixin")
    def test_receiver_that_is_down_gets_the_same_message_later(self):
        receiver = Receiver(requests.ConnectTimeout("no answer"), 503, 302, 200)
        for tries in (1, 2, 3):
            self.post_to(receiver).assert_jobs_count(1)
            self.assertEqual((self.alert.webhook_state, self.alert.webhook_tries), ("pending", tries))
        self.post_to(receiver).assert_jobs_count(0)
        self.assertEqual(self.alert.webhook_state, "posted")
        self.assertEqual(len({post["headers"]["webhook-id"] for post in receiver.posts}), 1)
        self.assertEqual(len({post["body"] for post in receiver.posts}), 1)

    @mute_logger("odoo.addons.psa_base.models.psa_sla_webhook_queue_mixin")
    def test_receiver_that_never_takes_it_is_given_up_until_somebody_asks(self):
        receiver = Receiver(*[500] * 8)
        for _each in range(8):
            self.post_to(receiver)
        self.assertEqual(self.alert.webhook_state, "failed")
        self.assertIn("500", self.alert.webhook_error)
        with trap_jobs():
            self.alert.with_user(self.operations).action_deliver_again()
        self.post_to(receiver)
        self.assertEqual(self.alert.webhook_state, "posted")

    @mute_logger("odoo.addons.psa_base.models.psa_sla_webhook_queue_mixin")
    def test_order_is_kept_behind_a_failure(self):
        second = self.create_ticket()
        self.plan(second, [("2026-07-06 04:00:00", self.threshold)])
        self.sweep(LATER)
        receiver = Receiver(500, 200, 200)
        self.post_to(receiver)
        self.assertEqual(len(receiver.posts), 1)
        self.post_to(receiver)
        numbers = [json.loads(post["body"])["data"]["ticket"] for post in receiver.posts]
        self.assertEqual(numbers, [self.ticket.number, self.ticket.number, second.number])

    def test_old_and_new_secret_sign_while_one_is_replaced(self):
        new = self.webhook._rotate_secret()
        receiver = Receiver()
        self.post_to(receiver)
        for secret in (self.secret, new):
            Webhook(secret).verify(receiver.posts[0]["body"], receiver.posts[0]["headers"])

    @mute_logger("odoo.addons.psa_base.models.psa_sla_webhook_queue_mixin")
    def test_webhook_without_a_secret_posts_nothing(self):
        self.webhook.sudo().secret_sealed = False
        receiver = Receiver()
        self.post_to(receiver)
        self.assertFalse(receiver.posts)
        self.assertIn("signing secret", self.alert.webhook_error)

    def test_address_is_one_of_the_web(self):
        with self.assertRaises(ValidationError):
            self.env["psa.sla.webhook"].create({"name": "File", "url": "file:///etc/passwd"})
