import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import RpcError, new_test_user
from .common import ApiKeyCase, PsaApiCase


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


@tagged("post_install", "-at_install", "heavy")
class TestClientAdministrator(ApiKeyCase):
    """Which people of a client manage its keys, and which notices they get."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.client_user.partner_id
        cls.person.email = "kim@harbourdental.example"

    def grant(self):
        self.person.with_user(self.operations).action_grant_api_access()

    def get_notices(self):
        messages = self.env["mail.message"].search(
            [("notified_partner_ids", "in", self.person.ids), ("subject", "ilike", "API key")], order="id"
        )
        return messages.mapped("subject")

    def test_operations_lets_a_person_manage_and_no_longer(self):
        person = self.person.with_user(self.operations)
        self.assertTrue(person.may_manage_api_access)
        self.grant()
        self.assertTrue(person.manages_api_access)
        self.assertEqual(self.client_company._get_client_administrators(), self.client_user)
        self.assertFalse(self.other_company._get_client_administrators())
        person.action_withdraw_api_access()
        person.invalidate_recordset()
        self.assertFalse(person.manages_api_access)
        self.assertTrue(self.client_user.has_group("psa_base.group_client"))
        kept = self.env["psa.audit.entry"].search([("res_id", "=", self.client_user.id), ("kind", "=", "duties")])
        self.assertEqual(kept.mapped("user_id"), self.operations)
        self.assertEqual(len(kept), 2)

    def test_administrator_gives_it_as_a_role(self):
        role = self.env.ref("psa_base.group_client_admin")
        self.client_user.with_user(self.admin).psa_role_ids = role
        self.assertTrue(self.client_user.has_group("psa_base.group_client_admin"))
        self.client_user.with_user(self.admin).psa_role_ids = self.env.ref("psa_base.group_client")
        self.assertFalse(self.client_user.has_group("psa_base.group_client_admin"))

    def test_other_roles_do_not_say_who_manages(self):
        for user in (self.support, self.accounts, self.client_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.person.with_user(user).action_grant_api_access()

    def test_programs_and_staff_are_no_administrators(self):
        for partner in (self.key.user_id.partner_id, self.support.partner_id, self.contact):
            with self.subTest(partner=partner.name), self.assertRaises(UserError):
                partner.with_user(self.operations).action_grant_api_access()

    def test_client_hears_of_each_step(self):
        self.grant()
        self.key._rotate_key(timedelta(days=1))
        self.key.action_revoke()
        self.assertEqual(self.get_notices(), ["New API key: Practice software", "API key revoked: Practice software"])
        entries = self.env["psa.audit.entry"].search([("model", "=", "psa.api.key"), ("res_id", "=", self.key.id)])
        self.assertEqual(set(entries.mapped("kind")), {"api_key"})
        self.assertEqual(len(entries), 3)

    def test_notice_tells_of_a_previous_key_where_there_was_one(self):
        self.grant()
        key = self.create_key(name="Bridge")
        key._rotate_key()
        key._rotate_key()
        notices = self.env["mail.message"].search([("subject", "=", "New API key: Bridge")], order="id")
        self.assertEqual(["no longer works" in notice.body for notice in notices], [False, True])

    def test_notice_holds_no_secret_and_no_markup(self):
        self.grant()
        key = self.create_key(name="<script>alert(1)</script>")
        secret = key._rotate_key()
        body = self.env["mail.message"].search([("subject", "like", "script")], limit=1).body
        self.assertIn("&lt;script&gt;", body)
        self.assertIn(secret[:12], body)
        self.assertNotIn(secret, body)
        self.assertIn(f"/my/api/{key.id}", body)

    def test_own_action_is_noticed_as_well(self):
        self.grant()
        self.key.with_user(self.client_user).action_revoke()
        self.assertEqual(self.get_notices(), ["API key revoked: Practice software"])

    def test_client_makes_so_many_keys_and_no_more(self):
        self.grant()
        keys = self.keys.with_user(self.client_user)
        scope = self.key.scope_ids.with_user(self.client_user)
        for number in range(keys.CLIENT_KEY_LIMIT - 1):
            keys._create_for_own_client(f"Program {number}", scope, "year", "")
        with self.assertRaisesRegex(UserError, "already"):
            keys._create_for_own_client("One more", scope, "year", "")

    def test_revoking_makes_room_for_so_many_a_day(self):
        self.grant()
        keys = self.keys.with_user(self.client_user)
        scope = self.key.scope_ids.with_user(self.client_user)
        with patch.object(type(keys), "DAILY_KEY_LIMIT", 3):
            for number in range(2):
                keys._create_for_own_client(f"Program {number}", scope, "year", "").action_revoke()
            with self.assertRaisesRegex(UserError, "tomorrow"):
                keys._create_for_own_client("One more", scope, "year", "")

    def test_client_without_a_team_is_told_to_ask(self):
        self.grant()
        self.env["helpdesk.ticket.team"].search([]).show_in_portal = False
        self.client_user.company_id.api_team_id = False
        with self.assertRaisesRegex(UserError, "not opened"):
            self.keys.with_user(self.client_user)._create_for_own_client("Bridge", self.key.scope_ids, "year", "")

    def test_person_without_the_right_makes_no_key(self):
        with self.assertRaises(AccessError):
            self.keys.with_user(self.client_user)._create_for_own_client("Bridge", self.key.scope_ids, "year", "")
