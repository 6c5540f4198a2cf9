from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ROLES, PsaCase

# What each role may do: r(ead), w(rite), c(reate), d(elete). Own means: a ticket of the own team,
# an entry of the own time, a record of the own company; other is anything else.
MATRIX = {
    #                       support operations accounts admin   client
    "psa.asset own":        ("rw",   "rwc",     "r",     "rwcd", "r"),
    "psa.asset other":      ("rw",   "rwc",     "r",     "rwcd", ""),
    "helpdesk.ticket own":  ("rwc",  "rwc",     "r",     "rwcd", "r"),
    "helpdesk.ticket other": ("",    "rwc",     "r",     "rwcd", ""),
    "time own":             ("rwcd", "rwcd",    "rwcd",  "rwcd", ""),
    "time other":           ("",     "rwcd",    "rwcd",  "rwcd", ""),
    "psa.lifecycle":        ("r",    "r",       "r",     "rwcd", ""),
    "psa.lifecycle.transition": ("r", "r",      "r",     "rwcd", ""),
    "psa.lifecycle.gate":   ("r",    "r",       "r",     "rwcd", ""),
    "psa.lifecycle.override": ("",   "",        "",      "rwcd", ""),
    "psa.audit.entry":      ("",     "",        "",      "r",    ""),
    "psa.hub.connection":   ("",     "r",       "",      "rwcd", ""),
    "psa.hub.inbox":        ("",     "r",       "",      "r",    ""),
    "psa.hub.attempt":      ("",     "r",       "",      "r",    ""),
    "psa.api.key":          ("",     "",        "",      "rwcd", ""),
    "psa.api.scope":        ("",     "",        "",      "r",    ""),
    "psa.api.usage":        ("",     "",        "",      "r",    ""),
    "psa.api.idempotency":  ("",     "",        "",      "",     ""),
    "psa.secret.reveal":    ("",     "",        "",      "rc",   ""),
    "helpdesk.sla client":  ("r",    "r",       "r",     "rwcd", "r"),
    "helpdesk.sla internal": ("r",   "r",       "r",     "rwcd", ""),
    "helpdesk.ticket.sla client": ("rwc", "rwc", "r",    "rwcd", "r"),
    "helpdesk.ticket.sla internal": ("rwc", "rwc", "r",  "rwcd", ""),
    "helpdesk.ticket.team": ("r",    "r",       "r",     "rwcd", "r"),
    "helpdesk.ticket.stage": ("r",   "r",       "r",     "rwcd", "r"),
}  # fmt: skip
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestSecurity(PsaCase):
    """Role × model × operation, access rights and record rules together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_team = cls.env["helpdesk.ticket.team"].create(
            {"name": "Projects", "project_id": cls.project.id, "lifecycle_id": cls.lifecycle.id}
        )
        cls.own_ticket = cls.create_ticket(user_id=cls.support.id).sudo()
        cls.other_ticket = cls.create_ticket(team_id=cls.other_team.id, partner_id=cls.other_company.id)
        slas = cls.env["helpdesk.sla"].create(
            [{"name": layer, "layer": layer, "stage_id": cls.closed.id} for layer in ("client", "internal")]
        )
        cls.team.use_sla = True
        cls.own_ticket.set_sla()
        cls.samples = cls._get_samples(slas, cls.own_ticket.ticket_sla_ids.sorted("layer"))

    @classmethod
    def _get_samples(cls, slas, ticket_slas):
        return {
            "psa.asset own": cls.asset,
            "psa.asset other": cls.other_asset,
            "helpdesk.ticket own": cls.own_ticket,
            "helpdesk.ticket other": cls.other_ticket,
            "time own": cls.create_time(cls.own_ticket),
            "time other": cls.create_time(cls.other_ticket, user=cls.operations),
            "psa.lifecycle": cls.lifecycle,
            "psa.lifecycle.transition": cls.lifecycle.transition_ids[0],
            "psa.lifecycle.gate": cls.add_gate(cls.request, cls.triage),
            "psa.lifecycle.override": cls.env["psa.lifecycle.override"]
            .with_user(cls.admin)
            .create({"ticket_id": cls.own_ticket.id, "stage_id": cls.closed.id, "reason": "Why"}),
            "psa.audit.entry": cls.env["psa.audit.entry"]._log(cls.own_ticket, "override", "Why"),
            "helpdesk.sla client": slas[0],
            "helpdesk.sla internal": slas[1],
            "helpdesk.ticket.sla client": ticket_slas[0],
            "helpdesk.ticket.sla internal": ticket_slas[1],
            "helpdesk.ticket.team": cls.team,
            "helpdesk.ticket.stage": cls.request,
            **cls._get_integration_samples(),
        }

    @classmethod
    def _get_integration_samples(cls):
        connection = cls.env["psa.hub.connection"].create({"name": "Monitoring", "team_id": cls.team.id})
        message = cls.env["psa.hub.inbox"].create({"connection_id": connection.id, "dedupe_key": "msg_1", "raw": "{}"})
        message._work()
        scope = cls.env.ref("psa_base.psa_api_scope_tickets_read")
        key = cls.env["psa.api.key"].create(
            {
                "name": "Practice software",
                "partner_id": cls.client_company.id,
                "team_id": cls.team.id,
                "scope_ids": [Command.set(scope.ids)],
            }
        )
        return {
            "psa.hub.connection": connection,
            "psa.hub.inbox": message,
            "psa.hub.attempt": message.attempt_ids,
            "psa.api.key": key,
            "psa.api.scope": scope,
            "psa.api.usage": cls.env["psa.api.usage"].create(
                {"key_id": key.id, "minute": "2026-11-22 08:00:00", "request_count": 1}
            ),
            "psa.api.idempotency": cls.env["psa.api.idempotency"].create(
                {"partner_id": cls.client_company.id, "idempotency_key": "key-1", "request_hash": "hash"}
            ),
            "psa.secret.reveal": cls.env["psa.secret.reveal"].create({}),
        }

    def test_matrix_holds(self):
        self.env.flush_all()
        for name, allowed in MATRIX.items():
            for role, letters in zip(ROLES, allowed, strict=True):
                record = self.samples[name].with_user(self.users[role]).sudo(False)
                found = "".join(key for key, operation in OPERATIONS.items() if record.has_access(operation))
                with self.subTest(what=name, role=role):
                    self.assertEqual(found, letters)

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
                {"name": "New", "description": "Text", "team_id": self.other_team.id, "user_id": False}
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
