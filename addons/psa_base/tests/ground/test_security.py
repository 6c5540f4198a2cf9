from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import ROLES, PsaCase
from ..role_samples import make_samples


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
