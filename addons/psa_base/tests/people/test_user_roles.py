from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...series import GROUPS
from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestUserRoles(PsaCase):
    """The administrator gives the suite's roles, and nothing beyond them."""

    def create_person(self, role):
        return (
            self.env["res.users"]
            .with_user(self.admin)
            .create(
                {
                    "name": "Robin Vale",
                    "login": "robin@desk.example",
                    "psa_role_ids": [Command.set(self.env.ref(f"psa_base.group_{role}").ids)],
                }
            )
        )

    def test_new_person_has_the_role_and_no_other_right(self):
        person = self.create_person("support")
        self.assertTrue(person.has_group("psa_base.group_support"))
        self.assertFalse(person.has_group("base.group_partner_manager"))
        person.invalidate_recordset()
        self.assertEqual(person.psa_role_ids, self.env.ref("psa_base.group_support"))

    def test_change_of_roles_is_kept(self):
        person = self.create_person("support")
        person.psa_role_ids = self.env.ref("psa_base.group_operations")
        self.assertFalse(person.has_group("psa_base.group_support"))
        entry = self.env["psa.audit.entry"].search([("model", "=", "res.users"), ("res_id", "=", person.id)], limit=1)
        self.assertEqual((entry.user_id, entry.before, entry.after), (self.admin, "Support", "Operations"))

    def test_employee_becomes_a_client(self):
        person = self.create_person("support")
        person.psa_role_ids = self.env.ref("psa_base.group_client")
        self.assertTrue(person.share)

    def test_administrator_gives_nobody_technical_settings(self):
        for right in ("base.group_system", "base.group_erp_manager", "base.group_partner_manager"):
            for person in (self.admin, self.support):
                with self.subTest(right=right), self.assertRaises(AccessError):
                    person.with_user(self.admin).write({GROUPS: [Command.link(self.env.ref(right).id)]})

    def test_people_with_technical_settings_are_out_of_reach(self):
        keeper = self.env.ref("base.user_admin").with_user(self.admin)
        for values in ({"login": "mine"}, {"email": "mine@desk.example"}, {"active": False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                keeper.write(values)
        with self.assertRaises(AccessError):
            keeper.partner_id.write({"email": "mine@desk.example"})
        with self.assertRaises(AccessError):
            keeper.action_reset_password()

    def test_nobody_sets_the_password_of_somebody_else(self):
        with self.assertRaisesRegex(AccessError, "Nobody sets a password"):
            self.support.with_user(self.admin).write({"password": "known to the administrator"})

    def test_own_preferences_stay_own(self):
        self.support.with_user(self.support).write({"tz": "Australia/Perth"})
        self.assertEqual(self.support.tz, "Australia/Perth")
