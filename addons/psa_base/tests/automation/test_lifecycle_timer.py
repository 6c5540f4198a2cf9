from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import MONDAY, TimerCase


@tagged("post_install", "-at_install")
class TestLifecycleTimer(TimerCase):
    """Planning: what waits, from when to when, and what becomes of it."""

    def test_arrival_plans_by_working_hours(self):
        self.add_timer(16)
        self.add_timer(20, hours_kind="calendar")
        dues = self.get_dues(self.wait())
        self.assertEqual(self.get_moments(dues), ["2026-01-06 04:00:00", "2026-01-06 16:00:00"])

    def test_nights_and_weekends_do_not_count(self):
        self.add_timer(4)
        ticket = self.wait("2026-01-09 15:00:00")
        self.assertEqual(self.get_moments(self.get_dues(ticket)), ["2026-01-12 11:00:00"])

    def test_repetition_is_planned_as_often_as_it_says(self):
        self.add_timer(8, repeat_hours=8, repeat_count=2)
        dues = self.get_dues(self.wait())
        self.assertEqual(self.get_moments(dues), ["2026-01-05 16:00:00", "2026-01-06 16:00:00", "2026-01-07 16:00:00"])
        self.assertEqual(dues.mapped("occurrence"), [1, 2, 3])

    def test_new_ticket_in_the_first_stage_is_planned(self):
        self.add_timer(8, stage=self.request)
        with self.clock_at(MONDAY):
            ticket = self.create_ticket()
        self.assertEqual(self.get_moments(self.get_dues(ticket)), ["2026-01-05 16:00:00"])

    def test_leaving_the_stage_voids_what_waits(self):
        self.add_timer(8, repeat_hours=8, repeat_count=2)
        ticket = self.wait()
        self.run_cron("2026-01-05 16:00:00")
        ticket.stage_id = self.in_progress
        self.assertFalse(ticket.timer_due_ids)
        self.assertEqual(self.get_dues(ticket, "fired", "void").mapped("state"), ["fired", "void", "void"])
        self.run_cron("2026-02-05 16:00:00")
        self.assertEqual(len(self.get_reminders(ticket)), 1)

    def test_coming_back_begins_anew(self):
        self.add_timer(8)
        ticket = self.wait()
        self.run_cron("2026-01-05 16:00:00")
        with self.clock_at("2026-01-06 08:00:00"):
            ticket.with_user(self.admin).action_override_stage(self.request, "Back")
            ticket.with_user(self.operations).stage_id = self.triage
        self.assertEqual(self.get_moments(self.get_dues(ticket)), ["2026-01-06 16:00:00"])

    def test_teams_without_a_lifecycle_have_no_timers(self):
        self.add_timer(8)
        ticket = self.create_ticket(team_id=self.free_team.id)
        ticket.sudo().stage_id = self.free_team._get_applicable_stages()[-1]
        self.assertFalse(self.get_dues(ticket))

    def test_other_stages_cost_no_query(self):
        self.add_timer(8)
        warm, ticket = (self.create_ticket(stage=self.in_progress) for _i in range(2))
        self.list_timer_queries(warm, self.closed)
        self.assertEqual(self.list_timer_queries(ticket, self.closed), [])

    def test_arriving_and_leaving_are_one_query_each_for_any_number(self):
        self.add_timer(8, repeat_hours=8, repeat_count=3)
        tickets = self.env["helpdesk.ticket"].create(
            [{"name": f"Ticket {i}", "description": "Text", "team_id": self.team.id} for i in range(20)]
        )
        tickets = tickets.with_user(self.operations)
        self.list_timer_queries(tickets[0], self.triage)
        self.assertEqual(len(self.list_timer_queries(tickets[1:], self.triage)), 1)
        self.assertEqual(len(self.get_dues(tickets[-1])), 4)
        self.assertEqual(len(self.list_timer_queries(tickets, self.in_progress)), 1)

    def list_timer_queries(self, tickets, stage):
        self.env.flush_all()
        self.env.invalidate_all()
        cursor = type(self.env.cr)
        with patch.object(cursor, "execute", autospec=True, side_effect=cursor.execute) as spy:
            tickets.write({"stage_id": stage.id})
            self.env.flush_all()
        return [query for call in spy.call_args_list if "timer" in (query := str(call.args[1]))]

    def test_changed_timer_plans_open_stays_again(self):
        timer = self.add_timer(16)
        ticket = self.wait()
        with self.clock_at("2026-01-05 09:00:00"):
            timer.with_user(self.admin).hours = 4
            self.assertEqual(self.get_moments(self.get_dues(ticket)), ["2026-01-05 12:00:00"])
            timer.with_user(self.admin).active = False
            self.assertFalse(self.get_dues(ticket))
            timer.with_user(self.admin).active = True
        self.assertEqual(self.get_moments(self.get_dues(ticket)), ["2026-01-05 12:00:00"])

    def test_new_timer_holds_for_those_who_wait_already(self):
        ticket = self.wait()
        self.add_timer(16)
        self.assertEqual(self.get_moments(self.get_dues(ticket)), ["2026-01-06 16:00:00"])

    def test_what_happened_or_was_cancelled_is_not_planned_again(self):
        timer = self.add_timer(8, repeat_hours=8, repeat_count=2)
        ticket = self.wait()
        self.run_cron("2026-01-05 16:00:00")
        self.get_dues(ticket)[0].with_user(self.support).action_cancel()
        with self.clock_at("2026-01-05 17:00:00"):
            timer.repeat_hours = 16
        dues = self.get_dues(ticket, "waiting", "fired", "cancelled")
        self.assertEqual(sorted(dues.mapped("state")), ["cancelled", "fired", "waiting"])
        self.assertEqual(self.get_moments(self.get_dues(ticket)), ["2026-01-09 16:00:00"])

    def test_preview_counts_before_anything_is_saved(self):
        timer = self.add_timer(16)
        self.wait()
        self.wait("2026-01-06 08:00:00")
        with self.clock_at("2026-01-06 10:00:00"), Form(timer.with_user(self.admin)) as form:
            self.assertEqual(form.preview, "Tickets in Triage now: 2.")
            form.hours = 4
            self.assertIn("For 1 of them", form.preview)

    def test_person_cancels_one_and_their_name_stays(self):
        self.add_timer(8)
        ticket = self.wait()
        with self.clock_at("2026-01-05 09:00:00"):
            ticket.timer_due_ids.with_user(self.support).action_cancel()
        due = self.get_dues(ticket, "cancelled")
        self.assertEqual((due.user_id, str(due.ended_at)), (self.support, "2026-01-05 09:00:00"))
        self.assertIn("Timer cancelled", ticket.message_ids[0].body)
        self.run_cron("2026-01-06 16:00:00")
        self.assertFalse(self.get_reminders(ticket))
        with self.assertRaisesRegex(UserError, "does not wait any more"):
            due.with_user(self.support).action_cancel()

    def test_only_who_works_on_the_ticket_cancels(self):
        self.add_timer(8)
        due = self.get_dues(self.wait())
        for user in (self.accounts, self.client_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                due.with_user(user).action_cancel()

    def test_timer_without_what_its_action_needs_is_refused(self):
        for action, field in (("remind", "template_id"), ("activity", "text"), ("move", "target_stage_id")):
            with self.subTest(action=action), self.assertRaisesRegex(ValidationError, "the timer needs it"):
                self.add_timer(action=action, **{field: False})
        with self.assertRaisesRegex(ValidationError, "another stage"):
            self.add_timer(action="move", target_stage_id=self.triage.id)

    def test_name_reads_like_a_sentence(self):
        timer = self.add_timer(16, action="move")
        self.assertEqual(timer.name, "Triage, after 16 working hours: move to In progress")
