from datetime import date, datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form, tagged

from ...tools.calendar.working_time import DAY, Shift, WorkingTime
from ...tools.sla.clock import Target
from ...tools.sla.whatif import KEPT, NEWLY_LATE, SAVED, STILL_LATE, Measure, get_outcome, measure
from ..common import PsaCase, trap_jobs

HOUR = 3600
START = datetime(2026, 8, 2, 23)  # a Monday, 9:00 in Sydney
NOW = "2026-11-22 08:00:00"


@tagged("post_install", "-at_install")
class TestMeasure(BaseCase):
    def setUp(self):
        super().setUp()
        self.always = WorkingTime("UTC", [Shift(day, 0, DAY) for day in range(14)])
        self.target = Target(4 * HOUR, frozenset({2}), frozenset({3}))

    def _measure(self, *stays, until=10):
        stays = [(stage_id, START + timedelta(hours=hours)) for stage_id, hours in stays]
        return measure(self.target, self.always, stays, START + timedelta(hours=until))

    def test_late_time_ends_with_the_target(self):
        self.assertEqual(self._measure((1, 0), (3, 3)), Measure(False, 0))
        self.assertEqual(self._measure((1, 0), (3, 6)), Measure(True, 2 * HOUR))

    def test_open_ticket_is_late_until_now(self):
        self.assertEqual(self._measure((1, 0), until=3), Measure(False, 0))
        self.assertEqual(self._measure((1, 0), until=9), Measure(True, 5 * HOUR))

    def test_paused_time_does_not_count(self):
        self.assertEqual(self._measure((1, 0), (2, 1), (1, 8), (3, 9)), Measure(False, 0))

    def test_outcome_says_what_the_proposal_does(self):
        late, fine = Measure(True, 1), Measure(False, 0)
        outcomes = [get_outcome(*pair) for pair in ((fine, fine), (late, late), (late, fine), (fine, late))]
        self.assertEqual(outcomes, [KEPT, STILL_LATE, SAVED, NEWLY_LATE])


@tagged("post_install", "-at_install")
class TestSlaWhatif(PsaCase):
    """Three tickets of August: closed after 3, 6 and 11½ working hours, the last of them paused for 4½."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        hours = [
            Command.create({"name": str(day), "dayofweek": str(day), "hour_from": 9, "hour_to": 17}) for day in range(5)
        ]
        cls.calendar, cls.long_calendar = cls.env["resource.calendar"].create(
            [
                {"name": "Office hours", "tz": "Australia/Sydney", "attendance_ids": [Command.clear(), *hours]},
                {
                    "name": "Mondays only",
                    "tz": "Australia/Sydney",
                    "attendance_ids": [Command.clear(), hours[0]],
                },
            ]
        )
        cls.team.write({"use_sla": True, "resource_calendar_id": cls.calendar.id})
        cls.rule = cls.env["helpdesk.sla"].create(
            {
                "name": "Closed in 8 hours",
                "layer": "client",
                "target": "resolution",
                "hours": 8,
                "team_ids": [Command.set(cls.team.ids)],
                "stage_id": cls.closed.id,
                "ignore_stage_ids": [Command.set(cls.triage.ids)],
            }
        )
        cls.env["helpdesk.sla"].search([("id", "!=", cls.rule.id)]).active = False
        cls.quick = cls._create_ticket(0.5, 3)
        cls.slow = cls._create_ticket(0.5, 6)
        cls.paused = cls._create_ticket(4.5, 11.5)

    @classmethod
    def _create_ticket(cls, pause, closed_after):
        """A ticket opened on the Monday: so long in triage, where the clock pauses, and closed so late."""
        moments = [START]
        working_time = cls.calendar._get_working_time()
        for hours in (0.25, 0.25 + pause, closed_after):
            moments.append(working_time.after(START, int(hours * HOUR)))
        with cls.clock_at(str(moments[0])):
            ticket = cls.create_ticket()
        for moment, stage, user in zip(
            moments[1:],
            (cls.triage, cls.in_progress, cls.closed),
            (cls.operations, cls.support, cls.support),
            strict=True,
        ):
            with cls.clock_at(str(moment)):
                ticket.with_user(user).stage_id = stage
                cls.env.flush_all()
        return ticket

    def _ask(self, **proposal):
        with self.clock_at(NOW):
            whatif = self.env["psa.sla.whatif"].with_user(self.admin).create({"team_ids": [Command.set(self.team.ids)]})
            whatif.line_ids.write(proposal)
            whatif.action_calculate()
            self.env.flush_all()
        return whatif

    def _apply(self, whatif):
        whatif.reason = "The board has decided"
        with self.clock_at(NOW):
            return whatif.action_apply()

    def _get_outcomes(self, whatif):
        return {result.ticket_id.id: result.outcome for result in whatif.result_ids}

    def test_form_begins_with_last_quarter_and_the_rules_of_the_team(self):
        with self.clock_at(NOW):
            form = Form(self.env["psa.sla.whatif"].with_user(self.admin))
            form.name = "What if …"
            form.team_ids.add(self.team)
            whatif = form.save()
        self.assertEqual((whatif.date_from, whatif.date_to), (date(2026, 7, 1), date(2026, 9, 30)))
        self.assertEqual(whatif.line_ids.sla_id, self.rule)
        self.assertEqual(whatif.line_ids.hours, 8)
        self.assertEqual(whatif.line_ids.pause_stage_ids, self.triage)
        self.assertFalse(whatif.changed_rule_count)

    def test_less_time_makes_tickets_late(self):
        whatif = self._ask(hours=4)
        self.assertEqual(whatif.state, "done")
        self.assertEqual(
            self._get_outcomes(whatif),
            {self.quick.id: KEPT, self.slow.id: NEWLY_LATE, self.paused.id: NEWLY_LATE},
        )
        late = {result.ticket_id.id: result.late_after for result in whatif.result_ids}
        self.assertEqual(late, {self.quick.id: 0, self.slow.id: 1.5, self.paused.id: 3})
        self.assertEqual((whatif.newly_late_count, whatif.saved_count), (2, 0))

    def test_clock_without_pauses_counts_the_wait(self):
        whatif = self._ask(pause_stage_ids=[Command.clear()])
        self.assertEqual(self._get_outcomes(whatif)[self.paused.id], NEWLY_LATE)
        self.assertEqual(self._get_outcomes(whatif)[self.slow.id], KEPT)

    def test_other_hours_save_tickets(self):
        self.rule.hours = 4
        whatif = self._ask(calendar_id=self.long_calendar.id)
        self.assertEqual(
            self._get_outcomes(whatif), {self.quick.id: KEPT, self.slow.id: STILL_LATE, self.paused.id: SAVED}
        )
        self.assertEqual(whatif.saved_count, 1)

    def test_recalculation_of_today_equals_the_clocks_of_the_tickets(self):
        self._create_ticket(1, 12)
        whatif = self._ask(hours=5)
        self.assertEqual(sum(whatif.result_ids.mapped("breaches_before")), 1)
        for result in whatif.result_ids:
            row = result.ticket_id.sudo().ticket_sla_ids
            self.assertEqual(bool(result.breaches_before), bool(row.breached_at))
            late = max(0, row.consumed_seconds - row.target_seconds) / HOUR
            self.assertEqual(result.late_before, late)

    def test_summary_counts_by_layer_target_and_month(self):
        whatif = self._ask(hours=4)
        self.assertIn("Aug 2026", whatif.summary)
        values = whatif._prepare_summary()
        self.assertEqual(values["total"]["before"], 0)
        self.assertEqual(values["total"]["after"], 2)
        self.assertEqual(values["rows"][0]["kept_after"], "33.3 %")

    def test_tickets_of_other_periods_and_teams_are_left_out(self):
        with self.clock_at("2026-10-05 02:00:00"):
            self.create_ticket()
        with self.clock_at("2026-08-05 02:00:00"):
            self.create_ticket(team_id=self.free_team.id)
        self.assertEqual(len(self._ask(hours=4).result_ids), 3)

    def test_nothing_changes_before_it_is_applied(self):
        names = ["state", "deadline", "target_seconds", "consumed_seconds", "breached_at", "met_at", "sla_id"]
        rows = self.env["helpdesk.ticket.sla"].search([("ticket_id.team_id", "=", self.team.id)])
        before = rows.read(names), self.rule.read()
        whatif = self._ask(hours=1, pause_stage_ids=[Command.clear()], calendar_id=self.long_calendar.id)
        whatif.action_ask_to_apply()
        self.env.invalidate_all()
        self.assertEqual((rows.read(names), self.rule.read()), before)
        self.assertFalse(
            self.env["psa.audit.entry"].search([("model", "=", "helpdesk.sla"), ("res_id", "=", self.rule.id)])
        )

    def test_applied_proposal_becomes_the_rule_and_is_in_the_audit(self):
        with self.clock_at("2026-11-20 01:00:00"):
            ticket = self.create_ticket()
        whatif = self._ask(hours=4, pause_stage_ids=[Command.clear()])
        self.assertEqual(whatif.open_ticket_count, 1)
        self._apply(whatif)
        self.assertEqual((self.rule.hours, self.rule.ignore_stage_ids), (4, self.triage.browse()))
        self.assertEqual(whatif.state, "applied")
        self.assertEqual(ticket.sudo().ticket_sla_ids.target_seconds, 4 * HOUR)
        entry = self.env["psa.audit.entry"].search([("kind", "=", "rules"), ("res_id", "=", self.rule.id)], limit=1)
        self.assertEqual((entry.user_id, entry.reason), (self.admin, "The board has decided"))
        self.assertIn("8 h", entry.before)
        self.assertIn("4 h", entry.after)

    def test_proposal_is_applied_with_a_reason_only(self):
        whatif = self._ask(hours=4)
        with self.assertRaisesRegex(UserError, "Say why"):
            whatif.action_apply()
        self.assertEqual(self.rule.hours, 8)

    def test_proposal_that_changes_nothing_is_not_applied(self):
        with self.assertRaisesRegex(UserError, "changes nothing"):
            self._ask().action_ask_to_apply()

    def test_other_proposal_has_to_be_calculated_first(self):
        whatif = self._ask(hours=4)
        whatif.line_ids.hours = 2
        self.assertEqual(whatif.state, "draft")
        self.assertFalse(whatif.result_ids)
        with self.assertRaisesRegex(UserError, "Calculate the proposal first"):
            self._apply(whatif)

    def test_rule_that_changed_meanwhile_is_not_overwritten(self):
        whatif = self._ask(hours=4)
        self.rule.hours = 6
        with self.assertRaisesRegex(UserError, "has changed since"):
            self._apply(whatif)
        self.assertEqual(self.rule.hours, 6)

    def test_time_of_nothing_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "at least an hour"):
            self._ask(hours=0)

    def test_many_tickets_are_calculated_in_batches(self):
        self.patch(type(self.env["psa.sla.whatif"]), "BATCH", 2)
        with trap_jobs() as trap:
            whatif = self._ask(hours=4)
            self.assertEqual((whatif.state, whatif.done_count, whatif.ticket_count), ("running", 2, 3))
            trap.perform_enqueued_jobs()
        self.assertEqual((whatif.state, whatif.done_count), ("done", 3))
        self.assertEqual(len(whatif.result_ids), 3)

    def test_job_of_an_abandoned_calculation_does_nothing(self):
        whatif = self._ask(hours=4)
        whatif._update_state(("done",), "running")
        whatif._replay_batch(whatif.run_number - 1, 0)
        self.assertEqual(len(whatif.result_ids), 3)

    def test_operations_ask_nothing(self):
        with self.assertRaises(AccessError):
            self.env["psa.sla.whatif"].with_user(self.operations).create({"name": "What if"})

    def test_batch_costs_no_query_for_each_ticket(self):
        whatif = self._ask(hours=4)
        tickets = (self.quick | self.slow | self.paused).sudo()
        counts = []
        for some in (tickets[:1], tickets):
            self.env.invalidate_all()
            whatif.line_ids.mapped("is_changed")
            before = self.env.cr.sql_log_count
            whatif._replay_tickets(some.with_prefetch(some.ids))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
