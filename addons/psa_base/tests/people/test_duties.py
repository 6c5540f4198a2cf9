from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ...series import GROUP_USERS, GROUPS
from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestDuties(PsaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.groups = {role: cls.env.ref(f"psa_base.group_{role}") for role in cls.users}
        cls.conflict = cls.env.ref("psa_base.duty_conflict_work_money")

    def assert_refused(self):
        return self.assertRaisesRegex(UserError, "cannot be both Support and Accounts: whoever writes the time down")

    def test_second_duty_is_refused_with_the_reason(self):
        with self.assert_refused():
            self.support.write({GROUPS: [Command.link(self.groups["accounts"].id)]})

    def test_administrator_who_gives_the_second_duty_reads_the_reason(self):
        with self.assert_refused():
            self.support.with_user(self.admin).write({"psa_role_ids": [Command.link(self.groups["accounts"].id)]})

    def test_second_duty_by_the_form_of_the_group_is_refused(self):
        with self.assert_refused():
            self.groups["accounts"].write({GROUP_USERS: [Command.link(self.support.id)]})

    def test_right_that_brings_the_second_duty_is_refused(self):
        night = self.env["res.groups"].create(
            {"name": "Night shift", "implied_ids": [Command.link(self.groups["accounts"].id)]}
        )
        with self.assert_refused():
            self.support.write({GROUPS: [Command.link(night.id)]})

    def test_role_that_comes_to_bring_the_second_duty_is_refused(self):
        with self.assert_refused():
            self.groups["support"].write({"implied_ids": [Command.link(self.groups["accounts"].id)]})

    def test_new_person_with_both_is_refused(self):
        with self.assert_refused():
            self.env["res.users"].create(
                {
                    "name": "Two Hats",
                    "login": "two-hats",
                    GROUPS: [Command.set((self.groups["support"] | self.groups["accounts"]).ids)],
                }
            )

    def test_integration_user_is_no_exception(self):
        user = self.env.ref("psa_base.user_integration")
        with self.assertRaisesRegex(UserError, "cannot be both PSA integration and Accounts"):
            user.sudo().write({GROUPS: [Command.link(self.groups["accounts"].id)]})

    def test_administrator_does_not_take_the_money_too(self):
        with self.assertRaisesRegex(UserError, "cannot be both PSA administrator and Accounts"):
            self.admin.with_user(self.admin).write({GROUPS: [Command.link(self.groups["accounts"].id)]})

    def test_conflict_that_is_reported_lets_people_have_both(self):
        self.support.write({GROUPS: [Command.link(self.groups["operations"].id)]})
        found = self.env["psa.duty.finding"].with_user(self.admin).search([("user_id", "=", self.support.id)])
        self.assertEqual(found.conflict_id, self.env.ref("psa_base.duty_conflict_work_approval"))

    def test_who_held_both_before_stays_and_is_reported(self):
        self.conflict.active = False
        self.support.write({GROUPS: [Command.link(self.groups["accounts"].id)]})
        self.conflict.active = True
        self.support.write({GROUPS: [Command.link(self.groups["operations"].id)]})
        found = self.env["psa.duty.finding"].search([("user_id", "=", self.support.id), ("kind", "=", "refuse")])
        self.assertEqual(found.conflict_id, self.conflict)

    def test_duties_of_which_one_brings_the_other_cannot_be_apart(self):
        with self.assertRaisesRegex(ValidationError, "brings the other"):
            self.conflict.write({"group_id": self.groups["admin"].id, "other_group_id": self.groups["operations"].id})
