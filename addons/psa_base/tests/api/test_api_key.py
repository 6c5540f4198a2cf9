from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import PsaApiCase

TICKET = {"subject": "Cannot print", "description": "Since this morning."}


@tagged("post_install", "-at_install")
class TestApiKey(PsaApiCase):
    """Who may call the API, for which permissions, and how often."""

    def _assert_refused(self, **call):
        response = self.call("POST", "/tickets", TICKET, **call)
        self.assert_problem(response, 401)
        self.assertEqual(response.headers["WWW-Authenticate"], "Bearer")

    def test_wrong_keys_are_refused(self):
        for authorization in (
            "",
            "Bearer",
            f"Basic {self.bearer}",
            "Bearer psa_wrong",
            f"Bearer {self.bearer}x",
        ):
            with self.subTest(authorization):
                self._assert_refused(headers={"Authorization": authorization})

    def test_expired_key_is_refused(self):
        self.api_key.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self._assert_refused()

    def test_revoked_key_is_refused(self):
        self.api_key.with_user(self.admin).action_revoke()
        self._assert_refused()

    def test_replaced_key_is_refused(self):
        self.api_key._rotate_key()
        self._assert_refused()

    def test_key_of_an_archived_user_is_refused(self):
        self.api_key.user_id.active = False
        self._assert_refused()

    def test_session_of_a_person_is_no_key(self):
        self.authenticate(self.admin.login, self.admin.login)
        self._assert_refused(headers={"Authorization": ""})

    def test_scope_that_the_key_lacks_is_forbidden(self):
        self.api_key.scope_ids = self.env.ref("psa_base.psa_api_scope_tickets_read")
        problem = self.assert_problem(self.call("POST", "/tickets", TICKET), 403)
        self.assertIn("tickets:write", problem["detail"])

    def test_request_over_the_rate_is_told_when_to_come_back(self):
        self.api_key.rate_per_minute = 2
        codes = [self.call("POST", "/tickets", TICKET).status_code for _request in range(2)]
        self.assertEqual(codes, [201, 201])
        response = self.call("POST", "/tickets", TICKET)
        self.assert_problem(response, 429)
        self.assertTrue(0 < int(response.headers["Retry-After"]) <= 60)
        self.assertEqual(self.call("POST", "/tickets", TICKET, bearer=self.other_bearer).status_code, 201)

    def test_use_is_counted_and_shown(self):
        self.api_key.rate_per_minute = 50  # so low that requests are counted one by one
        self.call("POST", "/tickets", TICKET)
        self.call("POST", "/tickets", TICKET)
        self.api_key.invalidate_recordset()
        self.assertEqual(sum(self.api_key.usage_ids.mapped("request_count")), 2)
        self.assertTrue(self.api_key.last_used_at)

    def test_old_use_is_forgotten_but_for_the_last(self):
        usage = self.env["psa.api.usage"]
        now = fields.Datetime.now()
        for days in (9, 8):
            with freeze_time(now - timedelta(days=days)):
                usage._take(self.env["psa.api.key"]._get_access(self.bearer), "127.0.0.1")
        usage._gc_usage()
        self.assertEqual(
            usage.search([("key_id", "=", self.api_key.id)]).minute.date(), (now - timedelta(days=8)).date()
        )

    def test_key_is_in_the_database_as_a_hash_only(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM psa_api_key WHERE id = %s", [self.api_key.id])
        row = " ".join(map(str, self.env.cr.fetchone()))
        self.assertNotIn(self.bearer, row)
        self.assertIn(self.bearer[:12], row)
        with self.assertRaises(AccessError):
            self.api_key.with_user(self.admin).read(["key_hash"])

    def test_administrator_makes_a_key_and_sees_it_once(self):
        key = (
            self.env["psa.api.key"]
            .with_user(self.admin)
            .create(
                {
                    "name": "Second",
                    "partner_id": self.client_company.id,
                    "team_id": self.team.id,
                    "scope_ids": [Command.set(self.env.ref("psa_base.psa_api_scope_tickets_read").ids)],
                }
            )
        )
        bearer = key.action_new_key()["context"]["default_secret"]
        self.assertEqual(self.env["psa.api.key"]._get_access(bearer).key_id, key.id)

    def test_user_of_a_key_is_a_client_without_password(self):
        user = self.api_key.user_id
        self.assertTrue(user.share)
        self.assertEqual(user.commercial_partner_id, self.client_company)
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [user.id])
        self.assertEqual(self.env.cr.fetchone(), (None,))

    def test_contact_of_a_key_is_no_address_that_clients_may_edit(self):
        self.assertEqual(self.api_key.user_id.partner_id.type, "contact")

    def test_user_of_a_key_gets_no_password(self):
        with self.assertRaisesRegex(UserError, "no password"):
            self.env["res.users"].sudo().reset_password(self.api_key.user_id.login)

    def test_user_of_a_key_comes_and_goes_with_it(self):
        key = self.api_key.with_user(self.admin)
        key.action_revoke()
        self.assertFalse(self.api_key.user_id.active)
        key.active = True
        key.action_new_key()
        self.assertTrue(self.api_key.user_id.active)

    def test_only_administrators_and_the_own_user_see_a_key(self):
        self.assertEqual(self.env["psa.api.key"].with_user(self.api_key.user_id).search([]), self.api_key)
        self.assertFalse(self.env["psa.api.key"].with_user(self.client_user).search([]))
        for user in (self.support, self.operations, self.accounts):
            with self.assertRaises(AccessError):
                self.api_key.with_user(user).read(["name"])

    def test_key_stays_with_its_client(self):
        with self.assertRaises(ValidationError):
            self.api_key.with_user(self.admin).partner_id = self.other_company
        with self.assertRaises(ValidationError):
            self.api_key.copy({"partner_id": self.contact.id})

    def test_key_acts_as_no_other_user(self):
        for user in (self.env.ref("base.user_root"), self.admin, self.other_key.user_id):
            with self.subTest(user=user.login), self.assertRaisesRegex(ValidationError, "as no other"):
                self.api_key.with_user(self.admin).user_id = user
