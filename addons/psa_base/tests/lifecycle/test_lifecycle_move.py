from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..api.common import PsaApiCase
from ..common import PsaCase, PsaHttpCase

MONDAY_NINE = "2026-11-02 09:00:00"


@tagged("post_install", "-at_install")
class TestLifecycleMove(PsaCase):
    """What the ledger of moves and the time in stage tell."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.resource_calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "Nine to five, UTC",
                "tz": "UTC",
                "attendance_ids": [
                    Command.create({"name": "Day", "dayofweek": str(day), "hour_from": 9, "hour_to": 17})
                    for day in range(5)
                ],
            }
        )

    def read_moves(self, ticket):
        moves = ticket.sudo().move_ids.sorted("id")
        return [(move.from_stage_id.name, move.to_stage_id.name, move.user_id, move.origin) for move in moves]

    def test_new_ticket_has_one_move_to_the_first_stage(self):
        with self.clock_at(MONDAY_NINE):
            ticket = (
                self.env["helpdesk.ticket"]
                .with_user(self.operations)
                .create({"name": "New", "description": "Text", "team_id": self.team.id})
            )
        self.assertEqual(self.read_moves(ticket), [(False, "Request", self.operations, "system")])
        self.assertEqual(ticket.stage_entered_at, ticket.move_ids.moved_at)

    def test_tickets_opened_together_begin_when_the_ledger_says(self):
        values = {"name": "New", "description": "Text", "team_id": self.team.id}
        with freeze_time(MONDAY_NINE, auto_tick_seconds=1):
            tickets = self.env["helpdesk.ticket"].with_user(self.operations).create([values] * 3)
        self.assertEqual(len(set(tickets.mapped("stage_entered_at"))), 1)
        for ticket in tickets:
            self.assertEqual(ticket.move_ids.moved_at, ticket.stage_entered_at)

    def test_move_tells_who_when_and_how_long_the_stay_was(self):
        with self.clock_at(MONDAY_NINE):
            ticket = self.create_ticket()
        with self.clock_at("2026-11-03 10:30:00"):
            ticket.with_user(self.operations).stage_id = self.triage
        move = ticket.move_ids[0]
        self.assertEqual((move.from_stage_id, move.to_stage_id), (self.request, self.triage))
        self.assertEqual(move.user_id, self.operations)
        self.assertEqual(str(move.moved_at), "2026-11-03 10:30:00")
        self.assertAlmostEqual(move.stay_hours, 25.5)
        self.assertAlmostEqual(move.stay_working_hours, 9.5)
        self.assertEqual(ticket.stage_entered_at, move.moved_at)

    def test_ticket_of_a_free_team_has_no_history(self):
        ticket = self.create_ticket(team_id=self.free_team.id)
        ticket.stage_id = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        self.assertFalse(ticket.sudo().move_ids)
        self.assertFalse(ticket.stage_entered_at)

    def test_ticket_that_comes_from_outside_begins_its_history(self):
        ticket = self.create_ticket(team_id=self.free_team.id)
        ticket.with_user(self.operations).team_id = self.team
        self.assertEqual(self.read_moves(ticket), [(False, "Request", self.operations, "system")])

    def test_ticket_that_enters_and_moves_at_once_has_both_moves(self):
        ticket = self.create_ticket(team_id=self.free_team.id)
        ticket.with_user(self.operations).write({"team_id": self.team.id, "stage_id": self.triage.id})
        self.assertEqual([move[:2] for move in self.read_moves(ticket)], [(False, "Request"), ("Request", "Triage")])

    def test_override_is_in_the_ledger_with_its_reason(self):
        ticket = self.create_ticket()
        ticket.with_user(self.admin).action_override_stage(self.closed, " The client asked. ")
        move = ticket.move_ids[0].with_user(self.operations)
        self.assertTrue(move.is_override)
        self.assertEqual(move.reason, "The client asked.")
        entry = move.sudo().audit_entry_id
        self.assertEqual((entry.kind, entry.user_id, entry.res_id), ("override", self.admin, ticket.id))
        self.assertEqual((entry.before, entry.after), ("Request (Service desk)", "Closed (Service desk)"))

    def test_override_out_of_the_lifecycle_ends_the_last_stay(self):
        ticket = self.create_ticket()
        stage = self.free_team._get_applicable_stages()[:1]
        ticket.with_user(self.admin).action_override_stage(stage, "Wrong desk", team=self.free_team)
        self.assertEqual(ticket.sudo().move_ids.mapped("lifecycle_id"), self.lifecycle)
        self.assertEqual(ticket.sudo().stay_ids.mapped("is_open"), [False])
        ticket.with_user(self.operations).team_id = self.team
        self.assertEqual(ticket.sudo().stay_ids.mapped("is_open"), [True, False])

    def test_team_that_takes_on_a_lifecycle_gives_its_tickets_a_history(self):
        with self.clock_at(MONDAY_NINE):
            ticket = self.create_ticket(team_id=self.free_team.id)
        archived = self.create_ticket(team_id=self.free_team.id, active=False)
        self.free_team.with_user(self.admin).lifecycle_id = self.lifecycle
        self.assertEqual(str(ticket.stage_entered_at), MONDAY_NINE)
        self.assertEqual((ticket | archived).sudo().move_ids.mapped("to_stage_id"), ticket.stage_id)
        self.assertEqual(len(archived.sudo().move_ids), 1)
        self.free_team.with_user(self.admin).lifecycle_id = False
        self.assertEqual(ticket.sudo().stay_ids.mapped("is_open"), [False])
        self.free_team.with_user(self.admin).lifecycle_id = self.lifecycle
        self.assertEqual(ticket.sudo().stay_ids.mapped("is_open"), [True, False])

    def test_history_cannot_be_written(self):
        ticket = self.create_ticket()
        for user in (self.support, self.admin, self.env.ref("base.user_root")):
            mine = ticket.with_user(user).sudo()
            for values in (
                {"stage_entered_at": MONDAY_NINE},
                {"move_ids": [Command.clear()]},
                {"stay_ids": [Command.clear()]},
            ):
                with self.subTest(user=user.login, values=values), self.assertRaisesRegex(UserError, "by the system"):
                    mine.write(values)
            for door in (mine.move_ids.unlink, lambda mine=mine: mine.move_ids.write({"moved_at": MONDAY_NINE})):
                with self.assertRaisesRegex(UserError, "record of what happened"):
                    door()
        with self.assertRaisesRegex(UserError, "by the system"):
            ticket.create({"name": "New", "description": "Text", "stage_entered_at": MONDAY_NINE})

    def test_clock_that_was_put_back_does_not_make_a_stay_negative(self):
        with self.clock_at("2026-11-02 12:00:00"):
            ticket = self.create_ticket(stage=self.triage)
        with self.clock_at("2026-11-02 11:59:58"):
            ticket.stage_id = self.in_progress
        self.assertEqual(str(ticket.stage_entered_at), "2026-11-02 12:00:00")
        self.assertEqual(ticket.move_ids[0].stay_hours, 0)

    def test_batch_is_one_statement_in_the_ledger(self):
        tickets = self.env["helpdesk.ticket"].browse(self.create_ticket(stage=self.triage).id for _ in range(5))
        statements = []
        execute = type(self.env.cr).execute

        def watch(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", watch):
            tickets.with_user(self.operations).write({"stage_id": self.in_progress.id})
        self.assertEqual(
            len([line for line in statements if "INSERT INTO %s (%s" in line or "psa_lifecycle_move" in line]), 1
        )
        self.assertEqual(len(tickets.sudo().move_ids.filtered(lambda move: move.to_stage_id == self.in_progress)), 5)

    def test_stays_tell_working_and_calendar_hours_open_ones_included(self):
        with self.clock_at(MONDAY_NINE):
            ticket = self.create_ticket()
        with self.clock_at("2026-11-03 09:00:00"):
            ticket.with_user(self.operations).stage_id = self.triage
        with self.clock_at("2026-11-03 12:00:00"):
            stays = ticket.stay_ids.with_user(self.support)
            told = [(stay.stage_id, stay.hours, stay.working_hours, stay.is_open) for stay in stays]
            self.assertEqual(told, [(self.triage, 3, 3, True), (self.request, 24, 8, False)])
            totals = stays._read_group(
                [("ticket_id", "=", ticket.id)], ["stage_id"], ["working_hours:sum", "average_hours:avg"]
            )
            self.assertEqual({stage: rest for stage, *rest in totals}, {self.triage: [3, 3], self.request: [8, 24]})
        self.assertEqual((stays[1].left_by_id, stays[1].left_how), (self.operations, "system"))

    def test_vendor_that_a_ticket_waited_for_stays_with_the_stay(self):
        vendor, other = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Telco", "ISP")]
        )
        self.triage.is_waiting_for_vendor = True
        with self.clock_at(MONDAY_NINE):
            ticket = self.create_ticket(stage=self.triage, vendor_id=vendor.id)
        self.assertEqual(ticket.stay_ids[0].vendor_id, vendor)
        with self.clock_at("2026-11-02 10:00:00"):
            ticket.stage_id = self.in_progress
        ticket.vendor_id = other
        self.assertEqual([stay.vendor_id.id for stay in ticket.stay_ids], [False, vendor.id, False])

    def test_time_after_the_end_is_not_counted(self):
        with self.clock_at(MONDAY_NINE):
            ticket = self.create_ticket(stage=self.closed)
        self.assertEqual(ticket.stay_ids[0].mapped(lambda stay: (stay.hours, stay.working_hours)), [(0, 0)])

    def test_each_role_sees_the_history_of_the_tickets_that_it_may_read(self):
        other_team = self.team.copy({"name": "Projects", "user_ids": False})
        own, other = self.create_ticket(), self.create_ticket(team_id=other_team.id)
        for user, seen in (
            (self.support, own),
            (self.operations, own | other),
            (self.accounts, own | other),
            (self.admin, own | other),
        ):
            for model in ("psa.lifecycle.move", "psa.lifecycle.stay"):
                rows = self.env[model].with_user(user).search([("ticket_id", "in", (own | other).ids)])
                with self.subTest(user=user.login, model=model):
                    self.assertEqual(rows.sudo().ticket_id, seen.sudo())
        for model in ("psa.lifecycle.move", "psa.lifecycle.stay"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.client_user).search([])

    def test_deed_of_an_automation_is_told_as_its_own(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Triage it",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "state": "code",
                "code": f"record.write({{'stage_id': {self.triage.id}}})",
            }
        )
        self.env["base.automation"].create(
            {
                "name": "Triage what is critical",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "trigger": "on_write",
                "trigger_field_ids": [Command.set(self.env["ir.model.fields"]._get("helpdesk.ticket", "priority").ids)],
                "action_server_ids": [Command.set(action.ids)],
            }
        )
        ticket = self.create_ticket()
        ticket.with_user(self.operations).priority = "3"
        self.assertEqual(self.read_moves(ticket)[-1], ("Request", "Triage", self.operations, "automation"))

    def test_import_and_mail_are_told(self):
        fields = ["name", "description", "team_id/.id"]
        tickets = self.env["helpdesk.ticket"].with_user(self.operations)
        result = tickets.load(fields, [["Imported", "Text", str(self.team.id)]])
        self.assertEqual(tickets.browse(result["ids"]).sudo().move_ids.origin, "import")
        self.team.alias_name = "lifecycle-ledger"
        domain = self.env["mail.alias.domain"].search([], limit=1)
        domain = domain or self.env["mail.alias.domain"].create({"name": "psa.example"})
        self.team.alias_id.alias_domain_id = domain
        mail = (
            f"From: kim@harbourdental.example\nTo: lifecycle-ledger@{domain.name}\n"
            "Subject: By alias\nMessage-Id: <psa-ledger@example>\n\nText\n"
        )
        ticket_id = self.env["mail.thread"].message_process("helpdesk.ticket", mail)
        self.assertEqual(self.env["helpdesk.ticket"].browse(ticket_id).move_ids.origin, "mail")

    def test_word_in_the_context_is_no_origin(self):
        ticket = self.create_ticket().with_user(self.operations)
        ticket.with_context(psa_origin="mail").stage_id = self.triage
        self.assertEqual(ticket.move_ids[0].origin, "system")


@tagged("post_install", "-at_install")
class TestLifecycleMoveByHttp(PsaHttpCase):
    """How a move came, read from the request."""

    def test_screen_and_rpc_are_told_apart(self):
        ticket = self.create_ticket()
        context = {"psa_origin": "mail", "import_file": True}
        self.call_as(
            self.operations,
            "helpdesk.ticket",
            "web_save",
            ticket.ids,
            {"stage_id": self.triage.id},
            specification={},
            context=context,
        )
        self.assertEqual(ticket.sudo().move_ids[0].origin, "form")
        models = self.xmlrpc_object
        models.execute_kw(
            self.env.cr.dbname,
            self.support.id,
            self.support.login,
            "helpdesk.ticket",
            "write",
            [ticket.ids, {"stage_id": self.in_progress.id}],
        )
        ticket.invalidate_recordset()
        self.assertEqual(ticket.sudo().move_ids[0].origin, "rpc")

    def test_portal_form_is_told(self):
        self.env.company.helpdesk_mgmt_portal_select_team = True
        self.authenticate(self.client_user.login, self.client_user.login)
        token = self.url_open("/new/ticket").text.split('name="csrf_token" value="')[1].split('"')[0]
        values = {"csrf_token": token, "subject": "From the portal", "description": "Text", "team": self.team.id}
        self.url_open("/submitted/ticket", data=values)
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "From the portal")])
        self.assertEqual((ticket.move_ids.origin, ticket.move_ids.user_id), ("portal", self.client_user))


@tagged("post_install", "-at_install")
class TestLifecycleMoveByApi(PsaApiCase):
    def test_ticket_of_another_program_is_told(self):
        answer = self.call("POST", "/tickets", {"subject": "By REST", "description": "Text", "priority": "low"})
        self.assertEqual(answer.status_code, 201, answer.text)
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "By REST")])
        self.assertEqual(ticket.move_ids.origin, "api")
