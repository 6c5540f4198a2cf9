from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import PsaCase
from ..queries import count_move_queries


@tagged("post_install", "-at_install")
class TestLifecycle(PsaCase):
    """What the rules say to a move: roles, gates, many tickets at once, the override."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()

    def test_role_of_the_move_may_make_it(self):
        self.ticket.with_user(self.operations).stage_id = self.triage
        self.ticket.stage_id = self.in_progress
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_other_role_is_refused_and_told_who_may(self):
        with self.assertRaisesRegex(UserError, r"Your role may not .* Request to Triage.*: Operations\."):
            self.ticket.stage_id = self.triage

    def test_sudo_lends_no_role(self):
        with self.assertRaisesRegex(UserError, "Your role may not"):
            self.ticket.sudo().stage_id = self.triage

    def test_system_may_make_an_allowed_move(self):
        self.ticket.with_user(1).stage_id = self.triage
        self.assertEqual(self.ticket.stage_id, self.triage)

    def test_move_without_roles_is_for_the_system_only(self):
        self.lifecycle.transition_ids[0].group_ids = False
        with self.assertRaisesRegex(UserError, "none, only the system"):
            self.ticket.with_user(self.operations).stage_id = self.triage
        self.ticket.with_user(1).stage_id = self.triage
        self.assertEqual(self.ticket.stage_id, self.triage)

    def test_refusal_names_the_next_stages(self):
        with self.assertRaises(UserError) as refusal:
            self.ticket.stage_id = self.closed
        self.assertEqual(
            refusal.exception.args[0],
            f"{self.ticket.number}: Request → Closed is not an allowed move. Allowed next stages: Triage.",
        )

    def test_same_stage_is_no_move(self):
        self.ticket.last_stage_update = "2026-01-05 09:00:00"
        self.ticket.stage_id = self.request
        self.assertEqual(str(self.ticket.last_stage_update), "2026-01-05 09:00:00")

    def test_batch_is_refused_as_a_whole_and_lists_every_ticket(self):
        ready, stuck = self.create_ticket(stage=self.in_progress), self.create_ticket(stage=self.triage)
        closed = self.create_ticket(stage=self.closed)
        with self.assertRaises(UserError) as refusal:
            (self.ticket | ready | stuck | closed).write({"stage_id": self.closed.id})
        lines = refusal.exception.args[0].splitlines()
        self.assertEqual(lines[0], "Nothing was moved, because some tickets may not move:")
        self.assertEqual({line.split(":")[0] for line in lines[1:]}, {self.ticket.number, stuck.number})
        self.assertEqual(ready.stage_id, self.in_progress)

    def test_batch_of_mixed_stages_moves_when_all_may(self):
        tickets = self.create_ticket(stage=self.in_progress) | self.create_ticket(stage=self.closed)
        tickets |= self.create_ticket(team_id=self.free_team.id)
        tickets.write({"stage_id": self.closed.id})
        self.assertEqual(tickets.stage_id, self.closed)

    def test_shut_gate_stops_the_move_with_its_message(self):
        self.add_gate(self.triage, self.in_progress, message="Call the client first.")
        ticket = self.create_ticket(stage=self.triage)
        for user in (self.support, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "Call the client first."):
                ticket.with_user(user).stage_id = self.in_progress
        self.assertEqual(ticket.stage_id, self.triage)

    def test_gate_judges_the_ticket_as_it_will_be(self):
        self.add_gate(self.triage, self.in_progress, domain="[('asset_id', '!=', False)]")
        ticket = self.create_ticket(stage=self.triage)
        ticket.write({"stage_id": self.in_progress.id, "asset_id": self.asset.id})
        self.assertEqual(ticket.stage_id, self.in_progress)

    def test_gate_stops_those_who_fail_and_is_asked_once(self):
        self.add_gate(self.in_progress, self.closed, kind="check", check_name="time_recorded")
        done, idle = (self.create_ticket(stage=self.in_progress) for _i in range(2))
        self.create_time(done)
        with self.assertRaisesRegex(UserError, f"^{idle.number}: The gate is shut.$"):
            (done | idle).write({"stage_id": self.closed.id})
        done.stage_id = self.closed
        self.assertEqual(done.stage_id, self.closed)

    def test_gate_sees_the_time_of_others(self):
        self.add_gate(self.in_progress, self.closed, kind="check", check_name="time_recorded")
        ticket = self.create_ticket(stage=self.in_progress, team_id=self.team.id)
        self.create_time(ticket, user=self.support_colleague)
        ticket.stage_id = self.closed
        self.assertEqual(ticket.stage_id, self.closed)

    def test_gate_without_a_condition_that_works_is_refused(self):
        for values in ({"kind": "check"}, {"domain": "[('no_such_field', '=', 1)]"}, {"domain": "uid"}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.add_gate(self.triage, self.in_progress, **values)

    def test_stage_code_that_programs_cannot_use_is_refused(self):
        for code in ("In progress", "1st", "in-progress"):
            with self.subTest(code), self.assertRaisesRegex(ValidationError, "use lower-case letters"):
                self.triage.code = code

    def test_changed_rules_hold_at_once(self):
        ticket = self.create_ticket(stage=self.triage)
        self.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == self.triage).unlink()
        with self.assertRaisesRegex(UserError, "Allowed next stages: none"):
            ticket.stage_id = self.in_progress
        self.lifecycle.write({"transition_ids": [self._prepare_move(self.triage, self.in_progress, "support")]})
        ticket.stage_id = self.in_progress
        self.assertEqual(ticket.stage_id, self.in_progress)

    def test_team_without_a_lifecycle_behaves_as_before(self):
        ticket = self.create_ticket(team_id=self.free_team.id)
        stages = self.free_team._get_applicable_stages()
        self.assertIn(self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new"), stages)
        for stage in (stages[-1], stages[0]):
            ticket.stage_id = stage
            self.assertEqual(ticket.stage_id, stage)
        later = self.create_ticket(team_id=self.free_team.id, stage_id=stages[-1].id)
        self.assertEqual(later.stage_id, stages[-1])

    def test_team_with_a_lifecycle_has_its_stages_in_order(self):
        stages = self.request | self.triage | self.in_progress | self.closed
        self.assertEqual(self.team._get_applicable_stages().ids, stages.ids)
        self.assertEqual(self.ticket.applicable_stage_ids, stages)

    def test_kanban_shows_the_columns_of_the_lifecycle(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.operations)
        foreign = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        for context in ({}, {"default_team_id": self.team.id}):
            with self.subTest(context):
                columns = tickets.with_context(**context)._read_group_stage_ids(self.closed, [])
                self.assertLessEqual(self.lifecycle.stage_ids, columns)
                self.assertNotIn(foreign, columns)

    def test_handing_over_to_a_team_with_the_same_lifecycle_keeps_the_stage(self):
        second = self.team.copy({"name": "Second line", "lifecycle_id": self.lifecycle.id, "user_ids": False})
        ticket = self.create_ticket(stage=self.triage)
        ticket.write({"team_id": second.id, "stage_id": self.in_progress.id})
        ticket = ticket.with_user(self.operations)
        self.assertEqual((ticket.team_id, ticket.stage_id), (second, self.in_progress))

    def test_rules_are_for_administrators_to_change(self):
        for user in (self.support, self.operations, self.accounts):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.lifecycle.transition_ids[0].with_user(user).group_ids = [
                    Command.link(self.env.ref("psa_base.group_support").id)
                ]
        manager = self.operations
        manager.write(
            {
                "groups_id" if "groups_id" in manager else "group_ids": [
                    Command.link(self.env.ref("helpdesk_mgmt.group_helpdesk_manager").id)
                ]
            }
        )
        with self.assertRaisesRegex(AccessError, "Only a PSA administrator"):
            self.team.with_user(manager).lifecycle_id = False

    def test_move_that_exists_already_is_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.lifecycle.write({"transition_ids": [self._prepare_move(self.request, self.triage)]})

    def test_override_moves_the_ticket_and_says_why(self):
        ticket = self.ticket.with_user(self.admin)
        wizard = self.env["psa.lifecycle.override"].with_user(self.admin).with_context(default_ticket_id=ticket.id)
        with Form(wizard) as form:
            form.stage_id = self.closed
            form.reason = "Opened twice <by mail>"
        form.record.action_override()
        self.assertEqual(ticket.stage_id, self.closed)
        log = ticket.message_ids[0]
        self.assertEqual(log.author_id, self.admin.partner_id)
        self.assertIn("Request → Closed", log.body)
        self.assertIn("Reason: Opened twice &lt;by mail&gt;", log.body)
        self.assertTrue(log.subtype_id.internal or log.is_internal)

    def test_log_of_an_override_stays(self):
        ticket = self.create_ticket()
        ticket.with_user(self.admin).action_override_stage(self.closed, "Client left")
        note = ticket.message_ids[0]
        for user in (self.support, self.operations, self.admin):
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "was logged"):
                note.with_user(user).write({"body": "Other"})
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "was logged"):
                note.with_user(user).unlink()
        comment = ticket.message_post(body="Typo", message_type="comment")
        comment.body = "No typo"

    def test_override_takes_the_ticket_to_another_team(self):
        stage = self.free_team._get_applicable_stages()[-1]
        self.ticket.with_user(self.admin).action_override_stage(stage.id, "Not ours", team=self.free_team.id)
        self.assertEqual((self.ticket.team_id, self.ticket.stage_id), (self.free_team, stage))

    def test_override_is_for_administrators_only(self):
        for user in (self.support, self.operations, self.accounts, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.ticket.with_user(user).sudo().action_override_stage(self.closed, "I want to")

    def test_override_without_a_reason_or_a_fitting_stage_is_refused(self):
        ticket = self.ticket.with_user(self.admin)
        foreign = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        for stage, reason in ((self.closed, "  "), (foreign, "Why not"), (self.request, "The same")):
            with self.subTest(stage=stage.name), self.assertRaises(UserError):
                ticket.action_override_stage(stage, reason)

    def test_moving_many_takes_no_query_a_ticket(self):
        self.add_gate(self.triage, self.in_progress, domain="[('name', '!=', False)]")
        few = self.create_tickets(5, self.triage)
        many = self.create_tickets(50, self.triage)
        count_move_queries(self.create_tickets(1, self.triage), self.in_progress)
        self.assertEqual(count_move_queries(few, self.in_progress), count_move_queries(many, self.in_progress))

    def test_move_costs_little_more_than_without_a_lifecycle(self):
        # The first move reads the rules, which are cached from then on: it is not counted.
        count_move_queries(self.create_tickets(1, self.triage), self.in_progress)
        tickets = self.create_tickets(20, self.triage)
        bound = count_move_queries(tickets, self.in_progress)
        self.team.lifecycle_id = False
        tickets.with_user(1).stage_id = self.triage
        self.assertLessEqual(bound - count_move_queries(tickets, self.in_progress), 4)

    def create_tickets(self, count, stage):
        tickets = self.env["helpdesk.ticket"].create(
            [{"name": f"Ticket {i}", "description": "Text", "team_id": self.team.id} for i in range(count)]
        )
        tickets.with_user(1).stage_id = stage
        return tickets.with_user(self.support)
