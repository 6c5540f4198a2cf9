from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import PsaCase, PsaHttpCase, RpcError


@tagged("post_install", "-at_install")
class TestLifecycleWaysIn(PsaCase):
    """A move that the lifecycle does not know is refused, whichever way it comes: one test a way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()

    def assert_refused(self, function, *args, **kwargs):
        """The call is refused, and the ticket stays even if code catches the refusal and goes on."""
        with self.assertRaisesRegex(UserError, "not an allowed move"):
            function(*args, **kwargs)
        self.assert_stayed()

    def assert_stayed(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.ticket.stage_id, self.request)

    def test_form_save_is_refused(self):
        form = Form(self.ticket)
        form.stage_id = self.closed
        self.assert_refused(form.save)

    def test_list_edit_of_several_is_refused(self):
        tickets = self.ticket | self.create_ticket() | self.create_ticket(stage=self.in_progress)
        self.assert_refused(tickets.web_save, {"stage_id": self.closed.id}, {"stage_id": {}})
        self.assertEqual(tickets[2].stage_id, self.in_progress)

    def test_write_of_a_record_or_of_nothing_is_refused(self):
        for value in (self.closed, self.closed.id, False):
            with self.subTest(value=value):
                self.assert_refused(self.ticket.write, {"stage_id": value})

    def test_assignment_is_refused(self):
        self.assert_refused(setattr, self.ticket, "stage_id", self.closed)

    def test_write_under_sudo_is_refused(self):
        self.assert_refused(self.ticket.sudo().write, {"stage_id": self.closed.id})

    def test_write_by_the_superuser_is_refused(self):
        self.assert_refused(self.ticket.with_user(1).write, {"stage_id": self.closed.id})

    def test_archived_ticket_is_refused(self):
        self.ticket.active = False
        self.assert_refused(self.ticket.write, {"stage_id": self.closed.id})

    def test_unarchiving_in_the_same_write_is_refused(self):
        self.ticket.active = False
        self.assert_refused(self.ticket.write, {"active": True, "stage_id": self.closed.id})

    def test_import_onto_an_existing_ticket_is_refused(self):
        xmlid = self.ticket.sudo().export_data(["id"])["datas"][0][0]
        result = self.ticket.load(["id", "stage_id/.id"], [[xmlid, str(self.closed.id)]])
        self.assertIn("not an allowed move", result["messages"][0]["message"])
        self.assert_stayed()

    def test_import_of_a_ticket_in_a_later_stage_is_refused(self):
        rows = [["Imported", "Text", str(self.team.id), str(self.closed.id)]]
        result = self.ticket.load(["name", "description", "team_id/.id", "stage_id/.id"], rows)
        self.assertIn("starts in the stage Request", result["messages"][0]["message"])
        self.assertFalse(self.ticket.search([("name", "=", "Imported")]))

    def test_mail_that_updates_the_stage_is_refused(self):
        message = {"to": "", "cc": "", "from": "kim@harbourdental.example", "subject": "Re: printer"}
        self.assert_refused(self.ticket.message_update, message, update_vals={"stage_id": self.closed.id})

    def test_mail_that_creates_in_a_later_stage_is_refused(self):
        values = {"team_id": self.team.id, "stage_id": self.closed.id}
        message = {"subject": "By mail", "body": "<p>Text</p>", "from": "kim@harbourdental.example"}
        with self.assertRaisesRegex(UserError, "starts in the stage Request"):
            self.env["helpdesk.ticket"].message_new(message, custom_values=values)

    def test_mail_to_the_team_alias_starts_at_the_first_stage(self):
        self.team.alias_name = "lifecycle-test"
        domain = self.env["mail.alias.domain"].search([], limit=1)
        domain = domain or self.env["mail.alias.domain"].create({"name": "psa.example"})
        self.team.alias_id.alias_domain_id = domain
        mail = (
            f"From: kim@harbourdental.example\nTo: lifecycle-test@{domain.name}\n"
            "Subject: By alias\nMessage-Id: <psa-1@example>\n\nText\n"
        )
        ticket_id = self.env["mail.thread"].message_process("helpdesk.ticket", mail)
        self.assertEqual(self.env["helpdesk.ticket"].browse(ticket_id).stage_id, self.request)

    def test_automation_is_refused(self):
        self.create_automation(f"record.write({{'stage_id': {self.closed.id}}})")
        self.assert_refused(self.ticket.write, {"name": "Touched"})

    def test_automation_that_swallows_the_error_leaves_the_ticket_there(self):
        move = f"record.write({{'stage_id': {self.closed.id}, 'priority': '3'}})"
        self.create_automation(f"try:\n    {move}\nexcept UserError:\n    pass")
        self.ticket.write({"name": "Touched"})
        self.assert_stayed()

    def test_server_action_run_by_a_scheduled_job_is_refused(self):
        code = f"model.browse({self.ticket.id}).write({{'stage_id': {self.closed.id}}})"
        action = self.create_server_action(code)
        self.assert_refused(action.with_user(1).run)

    def test_object_write_action_is_refused(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Close",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "state": "object_write",
                "update_path": "stage_id",
                "value": str(self.closed.id),
            }
        )
        context = {"active_model": "helpdesk.ticket", "active_id": self.ticket.id}
        self.assert_refused(action.with_context(**context).with_user(1).run)

    def test_duplicate_wizard_is_refused(self):
        wizard = self.env["helpdesk.ticket.duplicate.wizard"].with_user(self.operations)
        wizard = wizard.create(
            {
                "ticket_id": self.ticket.id,
                "duplicate_of_id": self.create_ticket().id,
                "target_stage_id": self.closed.id,
            }
        )
        self.assert_refused(wizard.action_confirm)

    def test_team_form_that_edits_its_tickets_is_refused(self):
        command = Command.update(self.ticket.id, {"stage_id": self.closed.id})
        self.assert_refused(self.team.write, {"ticket_ids": [command]})

    def test_team_that_lets_go_of_a_ticket_is_refused(self):
        for command in (Command.unlink(self.ticket.id), Command.clear(), Command.set([])):
            with self.subTest(command), self.assertRaisesRegex(UserError, "does not go on"):
                self.team.write({"ticket_ids": [command]})
            self.assert_stayed()
            self.assertEqual(self.ticket.team_id, self.team)

    def test_create_in_a_later_stage_is_refused(self):
        for values in ({"team_id": self.team.id}, {"user_id": self.support_colleague.id}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "starts in the stage Request"):
                self.ticket.create({"name": "New", "description": "Text", "stage_id": self.closed.id, **values})

    def test_create_with_a_default_from_the_context_is_refused(self):
        tickets = self.ticket.with_context(default_team_id=self.team.id, default_stage_id=self.closed.id)
        with self.assertRaisesRegex(UserError, "starts in the stage Request"):
            tickets.create({"name": "New", "description": "Text"})

    def test_create_for_a_member_of_the_team_starts_at_the_first_stage(self):
        values = {"name": "New", "description": "Text", "user_id": self.support_colleague.id}
        ticket = self.ticket.create(values)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.stage_id, self.request)

    def test_copy_starts_at_the_first_stage(self):
        closed = self.create_ticket(stage=self.closed)
        self.assertEqual(closed.copy().stage_id, self.request)
        with self.assertRaisesRegex(UserError, "starts in the stage Request"):
            closed.copy({"stage_id": self.closed.id})

    def test_detour_by_a_team_without_a_lifecycle_is_refused(self):
        for team in (self.free_team.id, False):
            with self.subTest(team=team), self.assertRaisesRegex(UserError, "does not go on"):
                self.ticket.write({"team_id": team, "stage_id": self.closed.id})
            self.assert_stayed()
            self.assertEqual(self.ticket.team_id, self.team)

    def test_ticket_from_outside_lands_on_the_first_stage(self):
        elsewhere = self.create_ticket(team_id=self.free_team.id)
        elsewhere.stage_id = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        elsewhere.team_id = self.team
        self.assertEqual(elsewhere.stage_id, self.request)

    def test_ticket_from_outside_is_refused_a_later_stage(self):
        for values in ({"team_id": self.team.id}, {"user_id": self.support_colleague.id}):
            elsewhere = self.create_ticket(team_id=False)
            before = (elsewhere.team_id, elsewhere.stage_id)
            with self.subTest(values), self.assertRaisesRegex(UserError, "not an allowed move"):
                elsewhere.write({**values, "stage_id": self.closed.id})
            elsewhere.flush_recordset()
            # Also for code that catches the refusal: the ticket is at the start of the lifecycle, or where it was.
            self.assertIn((elsewhere.team_id, elsewhere.stage_id), [(self.team, self.request), before])

    def test_form_that_changes_the_team_shows_the_first_stage(self):
        elsewhere = self.create_ticket(team_id=self.free_team.id)
        with Form(elsewhere) as form:
            form.team_id = self.team
            self.assertEqual(form.stage_id, self.request)
        self.assertEqual(elsewhere.stage_id, self.request)

    def test_team_that_takes_on_a_lifecycle_lets_its_tickets_start(self):
        stray = self.create_ticket(team_id=self.free_team.id)
        self.free_team.lifecycle_id = self.lifecycle
        with self.assertRaisesRegex(UserError, "Allowed next stages: Request"):
            stray.stage_id = self.closed
        stray.stage_id = self.request
        self.assertEqual(stray.stage_id, self.request)

    def test_stage_of_a_team_is_closed_to_tickets_without_it(self):
        self.closed.team_ids = self.team
        values = {"name": "New", "description": "Text", "user_id": False}
        for team in (self.free_team, self.env["helpdesk.ticket.team"]):
            with self.subTest(team=team.name), self.assertRaisesRegex(ValidationError, "for tickets of Service desk"):
                self.ticket.create({**values, "team_id": team.id, "stage_id": self.closed.id})
        # As OdooBot: an engagement may give tickets without a team, of everybody else, to a team.
        stray = self.ticket.with_user(1).create({**values, "team_id": False}).with_user(self.support)
        with self.assertRaisesRegex(ValidationError, "for tickets of Service desk"):
            stray.stage_id = self.closed

    def test_team_with_such_tickets_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Archive the team"):
            self.team.unlink()

    def test_forged_context_opens_nothing(self):
        for value in (True, 1, "leave", {"ticket_ids": self.ticket.ids}, self.ticket.ids):
            with self.subTest(value=value):
                forged = self.ticket.with_context(psa_lifecycle_permit=value)
                self.assert_refused(forged.write, {"stage_id": self.closed.id})

    def test_leave_of_an_override_is_good_for_one_write(self):
        seen = []
        hook = type(self.ticket)._lifecycle_after_move

        def write_again(tickets, from_stages):
            seen.append(from_stages)
            tickets.write({"stage_id": self.triage.id})
            return hook(tickets, from_stages)

        with patch.object(type(self.ticket), "_lifecycle_after_move", write_again):
            override = self.ticket.with_user(self.admin).action_override_stage
            self.assertRaisesRegex(UserError, "not an allowed move", override, self.closed, "A reason")
        self.assertEqual(seen, [{self.ticket.id: self.request}])

    def create_server_action(self, code):
        return self.env["ir.actions.server"].create(
            {
                "name": "Test action",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "state": "code",
                "code": code,
            }
        )

    def create_automation(self, code):
        return self.env["base.automation"].create(
            {
                "name": "Test automation",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "trigger": "on_write",
                "trigger_field_ids": [Command.set(self.env["ir.model.fields"]._get("helpdesk.ticket", "name").ids)],
                "action_server_ids": [Command.set(self.create_server_action(code).ids)],
            }
        )


@tagged("post_install", "-at_install")
class TestLifecycleWaysInByHttp(PsaHttpCase):
    """The same over the wire."""

    def test_kanban_drag_is_refused(self):
        ticket = self.create_ticket()
        with self.assertRaisesRegex(RpcError, "not an allowed move"):
            self.call_as(
                self.support,
                "helpdesk.ticket",
                "web_save",
                ticket.ids,
                {"stage_id": self.closed.id},
                specification={"stage_id": {"fields": {"display_name": {}}}},
            )
        self.assertEqual(ticket.stage_id, self.request)

    def test_kanban_drag_along_an_allowed_move_passes(self):
        ticket = self.create_ticket(stage=self.triage)
        values = {"stage_id": self.in_progress.id}
        self.call_as(self.support, "helpdesk.ticket", "web_save", ticket.ids, values, specification={})
        self.assertEqual(ticket.stage_id, self.in_progress)

    def test_rpc_write_is_refused(self):
        ticket = self.create_ticket()
        for context in ({}, {"psa_lifecycle_permit": True}, {"psa_lifecycle_permit": {"ticket_ids": ticket.ids}}):
            with self.subTest(context=context), self.assertRaisesRegex(RpcError, "not an allowed move"):
                self.call_as(
                    self.support,
                    "helpdesk.ticket",
                    "write",
                    ticket.ids,
                    {"stage_id": self.closed.id},
                    context=context,
                )
        self.assertEqual(ticket.stage_id, self.request)

    def test_close_button_of_the_portal_is_refused(self):
        self.closed.close_from_portal = True
        ticket = self.create_ticket()
        self.authenticate(self.client_user.login, self.client_user.login)
        answer = self.url_open(f"/ticket/close?ticket_id={ticket.id}&stage_id={self.closed.id}")
        self.assertIn(answer.status_code, (400, 422))
        self.assertIn("not an allowed move", answer.text)
        self.assertEqual(ticket.stage_id, self.request)

    def test_close_button_moves_no_ticket_of_another_client(self):
        done = self.env["helpdesk.ticket.stage"].create({"name": "Done", "close_from_portal": True})
        tickets = self.create_ticket(team_id=self.free_team.id, partner_id=self.other_company.id)
        tickets |= self.create_ticket(team_id=self.free_team.id)
        self.authenticate(self.client_user.login, self.client_user.login)
        answers = [
            self.url_open(f"/ticket/close?ticket_id={ticket_id}&stage_id={done.id}", allow_redirects=False)
            for ticket_id in (*tickets.ids, "x", "")
        ]
        self.assertEqual([answer.status_code for answer in answers], [404, 302, 404, 404])
        self.assertEqual([ticket.stage_id == done for ticket in tickets], [False, True])

    def test_portal_form_of_the_client_starts_at_the_first_stage(self):
        self.env.company.helpdesk_mgmt_portal_select_team = True
        self.authenticate(self.client_user.login, self.client_user.login)
        page = self.url_open("/new/ticket").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        values = {"csrf_token": token, "subject": "From the portal", "description": "Text"}
        self.url_open("/submitted/ticket", data={**values, "team": self.team.id})
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "From the portal")])
        self.assertEqual((ticket.team_id, ticket.stage_id), (self.team, self.request))

    def test_ticket_keeps_its_team_whatever_the_context_says_of_uninstalling(self):
        ticket = self.create_ticket()
        with self.assertRaisesRegex(RpcError, "Archive the team"):
            self.call_as(self.admin, "helpdesk.ticket.team", "unlink", self.team.ids, context={"_force_unlink": True})
        self.assertEqual(ticket.sudo().team_id, self.team)

    def test_log_stays_whatever_the_context_says_of_uninstalling(self):
        ticket = self.create_ticket(stage=self.in_progress)
        logged = ticket.sudo().message_ids.filtered(lambda message: "overridden" in (message.body or ""))
        for user in (self.support, self.admin):
            with self.subTest(user=user.login), self.assertRaisesRegex(RpcError, "cannot be changed or deleted"):
                self.call_as(user, "mail.message", "unlink", logged.ids, context={"_force_unlink": True})
        self.assertTrue(logged.exists())

    def test_approved_time_stays_whatever_the_context_says_of_uninstalling(self):
        time = self.create_time(self.create_ticket())
        time.with_user(self.operations).action_approve()
        with self.assertRaisesRegex(RpcError, "Approved time"):
            self.call_as(self.support, "account.analytic.line", "unlink", time.ids, context={"_force_unlink": True})
        self.assertTrue(time.exists())

    def test_message_in_the_name_of_the_client_moves_nothing(self):
        """Accounts may not move tickets, and the system moves none for them, whoever they name as the author."""
        self.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == self.triage).is_reply_move = True
        ticket = self.create_ticket(stage=self.triage)
        for forged in ({"author_id": self.contact.id}, {"author_id": False, "email_from": self.contact.email}):
            for user in (self.accounts, self.support):
                with self.subTest(user=user.login, forged=forged):
                    self.call_as(
                        user,
                        "helpdesk.ticket",
                        "message_post",
                        ticket.ids,
                        body="It works now.",
                        message_type="comment",
                        subtype_xmlid="mail.mt_comment",
                        **forged,
                    )
                    self.assertEqual(ticket.sudo().stage_id, self.triage)
