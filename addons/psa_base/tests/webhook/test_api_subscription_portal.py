import re
from datetime import timedelta

from odoo.tests import tagged

from ..api.common import PsaApiCase
from ..calls.loopback import Loopback
from ..common import RpcError, new_test_user
from .common import SubscriptionMixin

PAGES = ("", "/secret", "/change", "/do", "/deliveries/1")


@tagged("post_install", "-at_install", "heavy")
class TestApiSubscriptionPortal(SubscriptionMixin, PsaApiCase):
    """The portal pages on which a client's own administrator manages the webhooks of the own client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls.create_subscription(partner_id=cls.other_company.id, name="Of another client")

    def setUp(self):
        super().setUp()
        self.authenticate(self.client_admin.login, self.client_admin.login)
        self.page = f"/my/webhooks/{self.subscription.id}"

    def post(self, path, page="/my/webhooks/new", **values):
        """Send `values` and the tokens of the form on `page` to `path`."""
        form = self.url_open(page).text
        tokens = {name: re.search(rf'name="{name}" value="([^"]+)"', form) for name in ("csrf_token", "form_token")}
        sent = {name: found.group(1) for name, found in tokens.items() if found}
        return self.url_open(path, data={**sent, **values}, allow_redirects=False)

    def make(self, **values):
        values = {"name": "Fresh", "url": "https://fresh.example/hook", "event": ["ticket.created"], **values}
        return self.post("/my/webhooks/new", **values)

    def find_fresh(self):
        return self.env["psa.api.subscription"].search([("name", "=", "Fresh")])

    def test_webhook_is_made_and_its_secret_shown_once(self):
        answer = self.make()
        fresh = self.find_fresh()
        secret = re.search(r'value="(whsec_[^"]+)"', answer.text).group(1).replace("&#43;", "+")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(fresh.sudo().connection_id._get_live_secrets(), [secret])
        self.assertRecordValues(
            fresh, [{"partner_id": self.client_company.id, "state": "active", "url": "https://fresh.example/hook"}]
        )
        self.assertEqual(fresh.event_ids.code, "ticket.created")
        self.assertFalse(fresh.sudo().connection_id.may_use_http)
        self.assertNotIn(secret, self.url_open(f"/my/webhooks/{fresh.id}").text)

    def test_text_that_the_database_cannot_hold_is_no_error_of_ours(self):
        self.make(name="Fre\0sh", url="https://fresh.example/\0hook", event=["ticket.created", "\0"])
        fresh = self.find_fresh()
        self.assertEqual((fresh.url, fresh.event_ids.code), ("https://fresh.example/hook", "ticket.created"))
        answer = self.post(f"{self.page}/change", self.page, name="Changed", url="https://a.example", event=["\0"])
        self.assertEqual(answer.status_code, 200)

    def test_page_that_is_loaded_again_makes_no_second_webhook(self):
        form = self.url_open("/my/webhooks/new").text
        values = {
            name: re.search(rf'name="{name}" value="([^"]+)"', form).group(1) for name in ("csrf_token", "form_token")
        }
        values.update(name="Fresh", url="https://fresh.example/hook", event="ticket.created")
        self.url_open("/my/webhooks/new", data=values)
        self.url_open("/my/webhooks/new", data=values)
        self.assertEqual(len(self.find_fresh()), 1)

    def test_refused_address_says_why_and_keeps_what_was_typed(self):
        answer = self.make(url="https://10.0.0.4/hook")
        self.assertIn("not on the internet", answer.text)
        self.assertIn('value="Fresh"', answer.text)
        self.assertFalse(self.find_fresh())
        self.assertIn("at least one event", self.make(event=[]).text)

    def test_values_of_others_in_the_form_are_not_taken(self):
        self.make(partner_id=self.other_company.id, connection_id=1, may_use_http="1", state="disabled", company_id=7)
        self.assertRecordValues(self.find_fresh(), [{"partner_id": self.client_company.id, "state": "active"}])

    def test_text_of_the_client_is_text(self):
        self.make(name="<script>alert(1)</script>")
        self.assertNotIn("<script>alert(1)", self.url_open("/my/webhooks").text)

    def test_settings_are_changed(self):
        answer = self.post(
            f"{self.page}/change", self.page, name="Renamed", url="https://new.example/", event=["ticket.stage_changed"]
        )
        self.assertEqual(answer.status_code, 303)
        self.assertRecordValues(self.subscription, [{"name": "Renamed", "url": "https://new.example/"}])
        self.assertEqual(self.subscription.event_ids.code, "ticket.stage_changed")
        answer = self.post(f"{self.page}/change", self.page, name="Renamed", url="http://new.example/", event=["ping"])
        self.assertIn("https://", answer.text)
        self.assertEqual(self.subscription.url, "https://new.example/")

    def test_verbs_do_what_they_say(self):
        for verb, state in (("pause", "paused"), ("resume", "active")):
            self.post(f"{self.page}/do", self.page, verb=verb)
            self.assertEqual(self.subscription.state, state)
        self.post(f"{self.page}/do", self.page, verb="test")
        self.assertEqual(self.get_told().payload["type"], "ping")
        self.assertIn("ping", self.url_open(self.page).text)
        self.post(f"{self.page}/do", self.page, verb="nonsense")
        self.post(f"{self.page}/secret", self.page)
        self.assertTrue(self.subscription.has_previous_secret)
        self.post(f"{self.page}/do", self.page, verb="revoke_previous")
        self.assertFalse(self.subscription.has_previous_secret)
        answer = self.post(f"{self.page}/do", self.page, verb="delete")
        self.assertTrue(answer.headers["Location"].endswith("/my/webhooks"))
        self.assertFalse(self.subscription.exists())

    def test_failed_delivery_is_seen_with_its_tries_and_sent_again(self):
        self.create_ticket()
        message = self.get_told()
        with Loopback(410) as receiver:
            self.send_to(receiver)
        page = self.url_open(self.page).text
        self.assertIn("(410)", page)
        self.assertIn(message.payload["data"]["number"], page)
        self.post(f"{self.page}/deliveries/{message.id}", self.page)
        self.assertEqual(message.state, "waiting")
        self.post(f"{self.page}/do", self.page, verb="resume")
        with Loopback(204) as receiver:
            self.send_to(receiver, timedelta(minutes=1))
        page = self.url_open(self.page).text
        self.assertIn("Delivered", page)
        self.assertIn("Send again", page)
        self.post(f"{self.page}/deliveries/{message.id}", self.page)
        self.assertEqual(message.state, "waiting", "its receiver may have lost it")

    def test_pages_of_deliveries_take_any_number(self):
        for page in ("2", "0", "-1", "x", "999999999999", "%00"):
            self.assertEqual(self.url_open(f"{self.page}?page={page}").status_code, 200, page)

    def test_webhooks_of_another_client_are_not_there(self):
        self.assertNotIn("Of another client", self.url_open("/my/webhooks").text)
        for page in PAGES:
            path = f"/my/webhooks/{self.theirs.id}{page}"
            answer = self.post(path) if page else self.url_open(path, allow_redirects=False)
            self.assertTrue(answer.headers["Location"].endswith("/my/webhooks"), path)
        for verb in ("pause", "resume", "test", "replay_failed", "revoke_previous", "delete"):
            self.post(f"/my/webhooks/{self.theirs.id}/do", verb=verb)
        self.assertEqual((self.theirs.exists(), self.theirs.state), (self.theirs, "paused"))

    def test_colleagues_without_the_right_see_no_webhooks(self):
        colleague = new_test_user(self.env, login="psa_test_colleague_client", groups="psa_base.group_client")
        colleague.partner_id.parent_id = self.client_company
        self.authenticate(colleague.login, colleague.login)
        self.assertNotIn("/my/webhooks", self.url_open("/my").text)
        for path in ("/my/webhooks", "/my/webhooks/new", self.page):
            self.assertIn("/my", self.url_open(path, allow_redirects=False).headers["Location"])
        for method in ("action_pause", "action_test", "action_new_secret"):
            with self.assertRaises(RpcError):
                self.call_as(colleague, "psa.api.subscription", method, [self.subscription.id])

    def test_forms_need_their_token(self):
        answer = self.url_open(f"{self.page}/do", data={"verb": "delete"})
        self.assertEqual(answer.status_code, 400)
        self.assertTrue(self.subscription.exists())
