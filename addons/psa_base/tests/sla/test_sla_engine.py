from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...tools.sla.clock import replay
from ..common import PsaCase
from .common import HOURS, SlaEngineMixin
from .sla_oracle import CALENDARS, HOUR, MINUTE, WEEKS, count_minutes

events = st.lists(
    st.tuples(
        st.integers(0, 16 * 60),
        st.one_of(
            st.sampled_from(["triage", "in_progress", "pending", "closed"]),
            st.sampled_from(["priority 1", "priority 3", "rebuild"]),
        ),
    ),
    min_size=1,
    max_size=7,
)


@tagged("post_install", "-at_install")
class TestSlaEngine(SlaEngineMixin, PsaCase):
    """The clocks of tickets in the database."""

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(CALENDARS[:4]), st.sampled_from(WEEKS), st.integers(0, 2 * 24 * 60), events)
    def test_any_history_gives_what_counting_minutes_gives(self, calendar, week, offset, steps):
        self.team.resource_calendar_id = calendar.make(self.env)
        moment = week + offset * MINUTE
        with self.clock_at(str(moment)) as clock:
            ticket = self.create_ticket(priority="1")
            stays = [(self.request.id, moment)]
            for minutes, event in steps:
                moment += minutes * MINUTE
                clock.move_to(moment)
                self.do(ticket, event)
                if ticket.stage_id.id != stays[-1][0]:
                    stays.append((ticket.stage_id.id, moment))
                self.check_clocks(ticket, calendar, stays, moment)

    def do(self, ticket, event):
        if event == "rebuild":
            ticket._sla_rebuild("A test asks for it")
        elif event.startswith("priority"):
            ticket.with_user(self.operations).priority = event[-1]
        else:
            ticket.stage_id = getattr(self, event)

    def check_clocks(self, ticket, calendar, stays, moment):
        for row in ticket.sudo().ticket_sla_ids:
            self.assertEqual(row.sla_id.priority, ticket.priority)
            promise = ticket.sudo()._get_promise(row.sla_id.id, row.calendar_id.id)
            target = promise.target
            self.assertEqual(target.seconds, HOURS[ticket.priority][row.target] * HOUR)
            self.assertEqual(target.pause_stage_ids, {self.pending.id} if row.layer == "client" else set())
            counter, met_at, breached_at, _passed, runs = count_minutes(target, calendar, stays, moment, [])
            now = promise.working_time.between(row.running_since, moment) if row.running_since else 0
            self.assertEqual(row.consumed_seconds + now, counter - 60 * (runs and calendar.is_open(moment)))
            self.assertEqual((row.met_at or None, bool(row.running_since)), (met_at, runs))
            replayed = replay(target, promise.working_time, stays, moment)
            self.assertEqual(replayed.breached_at, breached_at)
            # Moments that no sweep has taken yet wait in the plan.
            waiting = [entry["at"] for entry in row.alert_plan if entry["threshold"] is None]
            seen = row.breached_at or (breached_at and fields.Datetime.to_datetime(waiting[0])) or None
            self.assertEqual(seen, breached_at)
            self.assertEqual(row.next_alert_at or None, min(map(fields.Datetime.to_datetime, waiting), default=None))
        running = ticket.sudo().ticket_sla_ids.filtered("running_since")
        self.assertEqual(ticket.next_due_at or None, min(running.mapped("deadline"), default=None))
        self.assertEqual(len(ticket.sudo().ticket_sla_ids), 4)

    def test_hundred_tickets_at_once_move_their_clocks_as_one_does(self):
        with self.clock_at("2026-07-05 23:00:00") as clock:  # Monday 9:00 in Sydney
            tickets = self.env["helpdesk.ticket"].browse()
            for _number in range(100):
                tickets |= self.create_ticket()
            clock.move_to("2026-07-06 01:00:00")
            tickets.with_user(self.support).write({"stage_id": self.pending.id})
            clock.move_to("2026-07-06 02:00:00")
            tickets.with_user(self.support).write({"stage_id": self.in_progress.id})
        rows = tickets.sudo().ticket_sla_ids.filtered(lambda row: row.target == "resolution")
        consumed = {(row.layer, row.consumed_seconds) for row in rows}
        self.assertEqual((len(rows), consumed), (200, {("client", 2 * HOUR), ("internal", 3 * HOUR)}))

    def test_late_response_is_missed_for_good_and_has_its_true_moment(self):
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket = self.create_ticket()
            clock.move_to("2026-07-06 06:00:00")
            ticket.stage_id = self.in_progress
        row = self.get_row(ticket, "client", "response")
        # Four hours after 9:00, with lunch from 12 to 13.
        self.assertEqual(str(row.breached_at), "2026-07-06 04:00:00")
        self.assertEqual((row.state, str(row.deadline)), ("expired", "2026-07-06 04:00:00"))
        self.assertEqual(str(row.met_at), "2026-07-06 06:00:00")

    def test_reopened_ticket_goes_on_with_its_resolution_and_not_with_its_response(self):
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket = self.create_ticket()
            clock.move_to("2026-07-06 01:00:00")
            ticket.stage_id = self.closed
            clock.move_to("2026-07-07 00:00:00")
            ticket.stage_id = self.triage
        response, resolution = (self.get_row(ticket, "client", target) for target in ("response", "resolution"))
        self.assertEqual((response.state, str(response.met_at)), ("accomplished", "2026-07-06 01:00:00"))
        self.assertEqual((resolution.state, resolution.consumed_seconds), ("in_progress", 2 * HOUR))
        self.assertFalse(resolution.met_at)

    def test_oca_columns_filters_and_report_tell_the_same(self):
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket, other = self.create_ticket(), self.create_ticket()
            other.stage_id = self.closed
            self.assertFalse(ticket.sla_expired)
            self.assertEqual(str(ticket.sla_deadline), "2026-07-06 04:00:00")
            clock.move_to("2026-07-06 05:00:00")
            self.env.invalidate_all()
            self.assertTrue(ticket.sla_expired)
            self.assertFalse(other.sla_expired)
            both = [("id", "in", (ticket | other).ids)]
            self.assertEqual(ticket.search([("sla_expired", "=", True), *both]), ticket)
            self.env.flush_all()
            report = self.env["helpdesk.sla.report"].search([("ticket_id", "in", (ticket | other).ids)])
            done = report.filtered(lambda line: line.ticket_id == other)
            self.assertEqual(set(done.mapped("state")), {"accomplished"})

    def test_ticket_that_pauses_is_due_at_no_moment(self):
        with self.clock_at("2026-07-05 23:00:00"):
            ticket = self.create_ticket()
            self.get_row(ticket, "internal", "response")
            ticket.stage_id = self.pending
        row = self.get_row(ticket, "client", "resolution")
        self.assertEqual((row.state, row.deadline, row.running_since), ("on_hold", False, False))
        self.assertEqual(ticket.next_due_at, self.get_row(ticket, "internal", "response").deadline)

    def test_threshold_waits_in_the_plan_beside_the_breach(self):
        threshold = self.env["psa.sla.threshold"].create(
            {"name": "Half", "trigger": "percent", "percent": 50, "target": "resolution", "layer": "client"}
        )
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket = self.create_ticket()
            row = self.get_row(ticket, "client", "resolution")
            plan = [
                {"at": "2026-07-06 06:00:00", "threshold": threshold.id},
                {"at": "2026-07-07 04:00:00", "threshold": None},
            ]
            self.assertEqual((row.alert_plan, str(row.next_alert_at)), (plan, "2026-07-06 06:00:00"))
            clock.move_to("2026-07-06 06:30:00")
            ticket.stage_id = self.pending
        # The clock passed this moment before a sweep. The breach is no longer planned, because the clock pauses.
        self.assertEqual(row.alert_plan, plan[:1])

    def test_nobody_writes_the_clocks_of_a_ticket_under_a_lifecycle(self):
        ticket = self.create_ticket()
        for user in (self.support, self.operations, self.admin, self.env.user):
            row = self.get_row(ticket, "client", "response").with_user(user)
            with self.assertRaises(AccessError):
                row.write({"state": "accomplished"})
            with self.assertRaises(AccessError):
                row.unlink()
            with self.assertRaises(AccessError):
                row.create({"ticket_id": ticket.id, "sla_id": self.rules[0].id})

    def test_team_without_a_lifecycle_keeps_the_code_of_oca(self):
        self.free_team.write({"use_sla": True, "resource_calendar_id": self.calendar.id})
        rule = self.env["helpdesk.sla"].create(
            {"name": "Free", "hours": 2, "team_ids": self.free_team.ids, "stage_id": self.closed.id}
        )
        for_another = rule.copy({"partner_ids": self.other_company.ids})
        ticket = self.create_ticket(team_id=self.free_team.id)
        row = ticket.sudo().ticket_sla_ids
        self.assertEqual((row.sla_id, row.state, row.target_seconds), (rule, "in_progress", 0))
        self.assertNotIn(for_another, row.sla_id)
        ticket.stage_id = self.closed
        self.assertEqual(row.state, "accomplished")
        row.write({"consumed_time": 1})

    def test_ticket_that_comes_under_a_lifecycle_gets_its_clocks_then(self):
        self.free_team.write({"use_sla": True, "resource_calendar_id": self.calendar.id})
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket = self.create_ticket(team_id=self.free_team.id)
            clock.move_to("2026-07-06 05:00:00")
            ticket.with_user(self.operations).team_id = self.team
        rows = ticket.sudo().ticket_sla_ids
        self.assertEqual(len(rows), 4)
        self.assertEqual({str(since) for since in rows.mapped("running_since")}, {"2026-07-06 05:00:00"})

    def test_change_of_a_rule_holds_for_open_tickets_at_once(self):
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket, done = self.create_ticket(), self.create_ticket()
            done.stage_id = self.closed
            clock.move_to("2026-07-06 01:00:00")
            row = self.get_row(ticket, "client", "resolution")
            self.assertEqual(str(row.deadline), "2026-07-07 04:00:00")
            row.sla_id.sudo(False).with_user(self.admin).hours = 6
            self.assertEqual(str(row.deadline), "2026-07-06 06:00:00")
            self.assertEqual(ticket.next_due_at, self.get_row(ticket, "client", "response").deadline)
        self.assertEqual(self.get_row(done, "client", "resolution").target_seconds, 12 * HOUR)

    def test_change_of_working_hours_holds_for_open_tickets_when_it_is_saved(self):
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket = self.create_ticket()
            clock.move_to("2026-07-06 01:00:00")
            row = self.get_row(ticket, "client", "response")
            self.assertEqual(str(row.deadline), "2026-07-06 04:00:00")
            self.calendar.leave_ids = [
                Command.create({"name": "Flood", "date_from": "2026-07-06 02:00:00", "date_to": "2026-07-06 22:00:00"})
            ]
            self.env.cr.precommit.run()
            # Three hours fit before noon, the fourth follows on the next morning.
            self.assertEqual(str(row.deadline), "2026-07-06 23:00:00")

    def test_new_rule_raises_no_alarm_over_what_is_long_past(self):
        self.rules.filtered(lambda rule: rule.layer == "client").active = False
        self.env["psa.sla.threshold"].create({"name": "Half", "trigger": "percent", "percent": 50})
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket = self.create_ticket()
            clock.move_to("2026-07-06 06:00:00")
            self.rules.filtered(lambda rule: rule.layer == "client").active = True
        plans = {row.target: row.alert_plan for row in ticket.sudo().ticket_sla_ids if row.layer == "client"}
        self.assertEqual([entry["threshold"] for entry in plans["response"]], [None])
        self.assertEqual(self.get_row(ticket, "client", "response").state, "expired")

    def test_team_that_gets_a_lifecycle_gives_its_open_tickets_clocks(self):
        self.free_team.write({"use_sla": True, "resource_calendar_id": self.calendar.id})
        self.rules.team_ids += self.free_team
        with self.clock_at("2026-07-05 23:00:00") as clock:
            ticket = self.create_ticket(team_id=self.free_team.id)
            clock.move_to("2026-07-06 01:00:00")
            self.free_team.with_user(self.admin).lifecycle_id = self.lifecycle
            self.assertEqual(set(ticket.sudo().ticket_sla_ids.mapped("target_seconds")), {4 * HOUR, 12 * HOUR})
            self.free_team.with_user(self.admin).lifecycle_id = False
        rows = ticket.sudo().ticket_sla_ids
        self.assertEqual((set(rows.mapped("target_seconds")), ticket.next_due_at), ({0}, False))

    def test_recalculation_keeps_before_and_after(self):
        ticket = self.create_ticket()
        wizard = self.env["psa.sla.recalculation"].with_user(self.operations)
        wizard.create({"ticket_ids": ticket.ids, "reason": "The holiday was missing"}).action_recalculate()
        entry = self.env["psa.audit.entry"].search([("model", "=", ticket._name), ("res_id", "=", ticket.id)])
        self.assertEqual((entry.kind, entry.reason), ("recalculation", "The holiday was missing"))
        self.assertIn("client response", entry.before)
        self.assertEqual(entry.before, entry.after)

    def test_technician_may_not_recalculate(self):
        with self.assertRaises(AccessError):
            self.env["psa.sla.recalculation"].with_user(self.support).create({"reason": "I would like to"})
