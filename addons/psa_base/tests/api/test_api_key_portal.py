import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import RpcError, new_test_user
from .common import PsaApiCase


@tagged("post_install", "-at_install", "heavy")
class TestApiKeyPortal(PsaApiCase):
    """The portal pages on which a client's own administrator manages the keys of the own client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client_user.partner_id.email = "kim@harbourdental.example"
        cls.client_user.partner_id.with_user(cls.operations).action_grant_api_access()
        cls.colleague = new_test_user(cls.env, login="psa_test_colleague_client", groups="psa_base.group_client")
        cls.colleague.partner_id.parent_id = cls.client_company
        cls.company = cls.client_user.company_id
        cls.company.api_team_id = cls.team
        cls.keys = cls.env["psa.api.key"]

    def setUp(self):
        super().setUp()
        self.authenticate(self.client_user.login, self.client_user.login)

    def post(self, path, page="/my/api/new", **values):
        """Send `values` and the tokens of the form on `page` to `path`."""
        form = self.url_open(page).text
        tokens = {name: re.search(rf'name="{name}" value="([^"]+)"', form) for name in ("csrf_token", "form_token")}
        sent = {name: found.group(1) for name, found in tokens.items() if found}
        return self.url_open(path, data={**sent, **values}, allow_redirects=False)

    def make_key(self, **values):
        return self.post("/my/api/new", **{"name": "Bridge", "scope": ["tickets:read"], "lifetime": "year", **values})

    def read_secret(self, response):
        return re.search(r'value="(psa_[^"]+)"', response.text).group(1)

    def find_key(self, name="Bridge"):
        return self.keys.search([("name", "=", name), ("partner_id", "=", self.client_company.id)])

    def test_key_is_made_and_shown_once(self):
        response = self.make_key(allowed_networks="127.0.0.0/8")
        key = self.find_key()
        secret = self.read_secret(response)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(
            (key.partner_id, key.team_id, key.scope_ids.code, key.allowed_networks),
            (self.client_company, self.team, "tickets:read", "127.0.0.0/8"),
        )
        self.assertEqual((key.expires_at - fields.Datetime.now() + timedelta(minutes=5)).days, 365)
        self.assertNotIn(secret, self.url_open(f"/my/api/{key.id}").text)
        self.assertEqual(self.call("GET", "/tickets/none", bearer=secret).status_code, 404)

    def test_page_that_is_loaded_again_makes_no_second_key(self):
        form = self.url_open("/my/api/new").text
        values = {
            name: re.search(rf'name="{name}" value="([^"]+)"', form).group(1) for name in ("csrf_token", "form_token")
        }
        values.update(name="Bridge", scope="tickets:read", lifetime="year")
        self.url_open("/my/api/new", data=values)
        again = self.url_open("/my/api/new", data=values, allow_redirects=False)
        self.assertEqual(again.status_code, 303)
        self.assertEqual(len(self.find_key()), 1)

    def test_form_that_lacks_something_says_what(self):
        response = self.make_key(scope=[])
        self.assertIn("choose what it may do", response.text)
        response = self.make_key(allowed_networks="203.0.113.9/24")
        self.assertIn("203.0.113.0/24", response.text)
        self.assertFalse(self.find_key())

    def test_text_that_the_database_cannot_hold_is_no_error_of_ours(self):
        response = self.make_key(scope=["tickets:read\0", "\0"], allowed_networks="\0")
        self.assertEqual(response.status_code, 200)
        self.assertIn("choose what it may do", response.text)
        self.make_key(name="Bri\0dge", scope=["tickets:read", "\0"], allowed_networks="127.0.0.0/8\0")
        self.assertEqual(self.find_key().allowed_networks, "127.0.0.0/8")
        self.assertEqual(self.find_key().scope_ids.code, "tickets:read")

    def test_what_the_form_does_not_offer_is_refused(self):
        self.assertEqual(self.make_key(lifetime="forever").status_code, 400)
        self.make_key(rate_per_minute="100000", partner_id=str(self.other_company.id))
        key = self.find_key()
        self.assertEqual((key.rate_per_minute, key.partner_id), (120, self.client_company))

    def test_name_is_text_and_no_markup(self):
        self.make_key(name="<b>Bridge</b>\u202e\x07")
        page = self.url_open("/my/api").text
        self.assertIn("&lt;b&gt;Bridge", page)
        self.assertNotIn("<b>Bridge", page)

    def test_key_is_replaced_with_an_overlap(self):
        page = f"/my/api/{self.api_key.id}"
        response = self.post(f"{page}/replace", page, overlap="hour", lifetime="quarter")
        new = self.read_secret(response)
        for bearer in (self.bearer, new):
            self.assertEqual(self.call("GET", "/tickets/none", bearer=bearer).status_code, 404)
        self.assertIn("works until", self.url_open(page).text)
        self.post(f"{page}/revoke-previous", page)
        self.assert_problem(self.call("GET", "/tickets/none"), 401)
        self.assertEqual(self.call("GET", "/tickets/none", bearer=new).status_code, 404)

    def test_previous_key_whose_time_is_over_is_not_shown(self):
        self.api_key._rotate_key(timedelta(hours=1))
        self.api_key.previous_key_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertNotIn("works until", self.url_open(f"/my/api/{self.api_key.id}").text)

    def test_refusal_says_why_and_leaves_nothing_behind(self):
        page = f"/my/api/{self.api_key.id}"
        name = self.api_key.name
        refusal = UserError("Not today")

        def refuse(key):
            key.sudo().name = "Half way"
            raise refusal

        with patch.object(type(self.keys), "action_revoke", refuse):
            response = self.post(f"{page}/revoke", page)
        self.assertEqual(response.status_code, 200)
        self.assertIn("Not today", response.text)
        self.assertEqual(self.api_key.name, name)

    def test_revoked_key_is_shut_out_at_once(self):
        page = f"/my/api/{self.api_key.id}"
        self.assertEqual(self.call("GET", "/tickets/none").status_code, 404)
        self.post(f"{page}/revoke", page)
        self.assert_problem(self.call("GET", "/tickets/none"), 401)
        self.assertIn("Revoked", self.url_open(page).text)

    def test_use_of_the_last_days_is_shown(self):
        self.env["psa.api.usage"].create(
            {
                "key_id": self.api_key.id,
                "minute": fields.Datetime.now().replace(second=0),
                "request_count": 4321,
                "address": "198.51.100.7",
            }
        )
        page = self.url_open(f"/my/api/{self.api_key.id}").text
        for shown in ("4,321", "Last used on", "198.51.100.7"):
            self.assertIn(shown, page)

    def test_key_of_another_client_is_not_there(self):
        for path in ("", "/replace", "/revoke", "/revoke-previous"):
            with self.subTest(path):
                page = f"/my/api/{self.other_key.id}{path}"
                response = (
                    self.post(page, overlap="none", lifetime="keep")
                    if path
                    else self.url_open(page, allow_redirects=False)
                )
                self.assertTrue(response.headers["Location"].endswith("/my/api"))
        self.assertEqual(self.call("GET", "/tickets/none", bearer=self.other_bearer).status_code, 404)
        self.assertNotIn("Blue Gum", self.url_open("/my/api").text)

    def test_form_of_another_page_is_no_order(self):
        response = self.url_open(f"/my/api/{self.api_key.id}/revoke", data={"csrf_token": "guessed"})
        self.assertEqual(response.status_code, 400)
        self.assertTrue(self.api_key.active)

    def test_other_people_of_the_client_have_no_pages(self):
        self.assertIn("/my/api", self.url_open("/my/home").text)
        self.authenticate(self.colleague.login, self.colleague.login)
        self.assertNotIn('href="/my/api"', self.url_open("/my/home").text)
        for path in ("/my/api", "/my/api/new", f"/my/api/{self.api_key.id}"):
            with self.subTest(path):
                response = self.url_open(path, allow_redirects=False)
                self.assertEqual(response.status_code, 303)

    def test_administrator_has_no_other_way_in(self):
        values = {"name": "Mine", "partner_id": self.client_company.id, "team_id": self.team.id}
        for call in (
            ("psa.api.key", "create", values),
            ("psa.api.key", "write", self.api_key.ids, {"rate_per_minute": 10000}),
            ("psa.api.key", "unlink", self.api_key.ids),
            ("psa.api.key", "read", self.api_key.ids, ["key_hash"]),
            ("psa.api.key", "action_revoke", self.other_key.ids),
            ("psa.api.key", "action_new_key", self.other_key.ids),
            ("psa.api.key.rotation", "create", {"key_id": self.api_key.id}),
            ("psa.api.usage", "create", {"key_id": self.api_key.id}),
        ):
            with self.subTest(call[:2]), self.assertRaises(RpcError):
                self.call_as(self.client_user, *call)
        seen = self.call_as(self.client_user, "psa.api.key", "search", [])
        self.assertEqual(seen, self.api_key.ids)
