from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common import ROLES, PsaCase, PsaHttpCase
from ..role_matrix import ACTIONS, CLIENT_ADMIN, FIELDS, RECORDS, TECHNICAL
from ..role_samples import make_samples
from ..role_walk import RoleWalkMixin


@tagged("post_install", "-at_install")
class TestRoleMatrix(RoleWalkMixin, PsaHttpCase):
    """Every cell of role_matrix.py, over the web client's own calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.samples = make_samples(cls)

    def test_records(self):
        self.check_records(RECORDS, self.samples)

    def test_client_administrator(self):
        person = new_test_user(self.env, login="psa_test_client_admin", groups="psa_base.group_client_admin")
        person.partner_id.parent_id = self.client_company
        for key, (_words, allowed) in CLIENT_ADMIN.items():
            with self.subTest(key):
                self.check_record(person, key, self.samples[key].sudo(), allowed)
        opened = self.env["ir.model.access"].search([("group_id", "=", self.env.ref("psa_base.group_client_admin").id)])
        self.assertLessEqual(set(opened.mapped("model_id.model")), set(CLIENT_ADMIN))

    def test_fields(self):
        self.check_fields(FIELDS, self.samples)

    def test_actions(self):
        closed = self.closed.id
        self.check_actions(
            ACTIONS,
            self.samples,
            {
                "helpdesk.ticket.action_override_stage": (None, closed, "The client asked for it"),
                "psa.lifecycle.preview_matrix": (None, []),
                "psa.lifecycle.save_matrix": (None, [], self.lifecycle._get_matrix_token()),
                "account.analytic.line.action_reset_to_draft": (
                    lambda time: time.with_user(self.accounts).action_approve(),
                ),
            },
        )

    def test_technical_settings(self):
        self.env["ir.mail_server"].create({"name": "Relay", "smtp_host": "smtp.example"})
        self.env["base.automation"].create(
            {"name": "Rule", "model_id": self.env.ref("base.model_res_partner").id, "trigger": "on_unlink"}
        )
        samples = {model: self.env[model].sudo().search([], limit=1) for model in TECHNICAL}
        self.check_records(TECHNICAL, samples)


@tagged("post_install", "-at_install")
class TestSecurity(PsaCase):
    """What the tables of role_matrix.py do not say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.samples = make_samples(cls)
        cls.own_ticket, cls.other_ticket = cls.samples["helpdesk.ticket own"], cls.samples["helpdesk.ticket other"]

    def test_follower_of_another_teams_ticket_reads_it_only(self):
        self.other_ticket.sudo().message_subscribe(self.support.partner_id.ids)
        ticket = self.other_ticket.with_user(self.support)
        self.assertTrue(ticket.has_access("read"))
        self.assertFalse(ticket.has_access("write"))

    def test_visitor_writes_no_stage(self):
        self.assertFalse(self.request.with_user(self.env.ref("base.public_user")).has_access("write"))

    def test_client_reads_a_ticket_without_what_is_internal(self):
        ticket = self.own_ticket.with_user(self.client_user)
        self.assertEqual(ticket.read(["name", "stage_id", "asset_id"])[0]["name"], ticket.name)
        self.assertFalse({"notes", "time_ids", "total_hours"} & ticket.fields_get().keys())
        for name in ("notes", "time_ids"):
            with self.assertRaises(AccessError):
                ticket.read([name])
            with self.assertRaises(AccessError):
                ticket.search([(name, "ilike", "a")])

    def test_accounts_reads_the_ticket_form(self):
        values = self.own_ticket.with_user(self.accounts).web_read(
            {"name": {}, "total_hours": {}, "time_ids": {"fields": {"name": {}}}, "asset_id": {"fields": {}}}
        )
        self.assertEqual(len(values[0]["time_ids"]), 1)

    def test_support_makes_no_ticket_for_anybody_in_another_team(self):
        with self.assertRaises(AccessError):
            self.env["helpdesk.ticket"].with_user(self.support).create(
                {"name": "New", "description": "Text", "team_id": self.other_ticket.team_id.id, "user_id": False}
            )

    def test_home_is_the_first_entry_that_the_role_sees(self):
        homes = {"support": "my_work", "operations": "dispatch", "accounts": None, "admin": "dispatch"}
        root = self.env.ref("psa_base.psa_menu_root").with_context(**{"ir.ui.menu.full_list": True})
        for role, home in homes.items():
            visible = self.env["ir.ui.menu"].with_user(self.users[role])._visible_menu_ids()
            entries = root.child_id.filtered(lambda menu, visible=visible: menu.id in visible)
            with self.subTest(role=role):
                self.assertIn(root.id, visible)
                self.assertTrue(entries)
                if home:
                    self.assertEqual(entries[0], self.env.ref(f"psa_base.helpdesk_ticket_menu_{home}"))

    def test_every_menu_of_a_role_opens(self):
        root = self.env.ref("psa_base.psa_menu_root")
        for role in ROLES[:-1]:
            menus = self.env["ir.ui.menu"].with_user(self.users[role])
            visible = menus._visible_menu_ids()
            for menu in menus.search([("id", "child_of", root.id), ("action", "!=", False)]):
                action = menu.sudo().action
                if menu.id not in visible or action.type != "ir.actions.act_window":
                    continue
                model = self.env[action.res_model].with_user(self.users[role])
                views = [(False, mode) for mode in action.view_mode.split(",")] + [(False, "search")]
                with self.subTest(role=role, menu=menu.complete_name):
                    self.assertTrue(model.get_views(views)["views"])

    def test_own_company_only(self):
        second = self.env["res.company"].create({"name": "Second provider"})
        self.asset.company_id = second
        self.assertFalse(self.asset.with_user(self.operations).has_access("read"))
        self.operations.write({"company_ids": [Command.link(second.id)]})
        companies = self.operations.company_ids.ids
        asset = self.asset.with_user(self.operations).with_context(allowed_company_ids=companies)
        self.assertTrue(asset.has_access("read"))
