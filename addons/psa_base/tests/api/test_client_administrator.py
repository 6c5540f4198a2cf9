from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ApiKeyCase


@tagged("post_install", "-at_install")
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
