from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from ...tools.calendar.working_time import DAY, Shift, WorkingTime
from ...tools.sla.clock import Clock, Target
from ...tools.sla.countdown import count_down, count_down_to
from ..common import PsaCase, PsaHttpCase, RpcError
from ..queries import count_queries

HOUR = 3600
NINE = datetime(2026, 7, 5, 23)  # a Monday, 9:00 in Sydney
INTERNAL_FIELDS = (
    "sla_internal_words",
    "sla_internal_tone",
    "sla_internal_due_at",
    "sla_internal_countdown",
    "next_due_at",
)


@tagged("post_install", "-at_install")
class TestCountdown(BaseCase):
    """What a clock tells people, as data."""

    def setUp(self):
        super().setUp()
        self.hours = WorkingTime("Australia/Sydney", [Shift(day, 9 * HOUR, 17 * HOUR) for day in (0, 1, 7, 8)])
        self.target = Target(8 * HOUR)

    def _count_down(self, hours_later, *clock):
        return count_down(Clock(*clock), self.target, self.hours, NINE + timedelta(hours=hours_later))

    def test_running_clock_counts_working_time_only(self):
        evening = self._count_down(10, HOUR, NINE)
        self.assertEqual((evening.status, evening.left, evening.tone), ("running", -HOUR, "overdue"))
        noon = self._count_down(3, HOUR, NINE)
        self.assertEqual((noon.left, noon.tone, noon.due_at), (4 * HOUR, "ok", NINE + timedelta(hours=7)))

    def test_little_time_left_is_due_soon(self):
        self.assertEqual(self._count_down(6.5, 0, NINE).tone, "soon")
        self.assertEqual(self._count_down(6, 0, NINE).tone, "ok")

    def test_paused_clock_has_no_deadline(self):
        paused = self._count_down(5, 5 * HOUR)
        self.assertEqual((paused.left, paused.tone, paused.due_at), (3 * HOUR, "paused", None))
        self.assertEqual(self._count_down(5, 9 * HOUR).tone, "overdue")

    def test_met_target_says_what_was_to_spare(self):
        self.assertEqual(self._count_down(9, 7 * HOUR, None, NINE).left, HOUR)
        self.assertEqual(self._count_down(9, 9 * HOUR, None, NINE).tone, "late")

    def test_most_urgent_target_comes_first(self):
        met, paused = self._count_down(9, 9 * HOUR, None, NINE), self._count_down(9, 9 * HOUR)
        running, late = self._count_down(1, 0, NINE), self._count_down(8.5, HOUR, NINE)
        ordered = sorted([met, running, paused, late], key=lambda countdown: countdown.urgency)
        self.assertEqual(ordered, [late, running, paused, met])

    def test_hours_ahead_are_those_of_the_next_day(self):
        ahead = self._count_down(7, 0, NINE).work_ahead
        self.assertEqual(
            ahead,
            (
                (NINE + timedelta(hours=7), NINE + timedelta(hours=8)),
                (NINE + timedelta(hours=24), NINE + timedelta(hours=31)),
            ),
        )

    def test_deadline_without_a_clock_counts_the_team_hours(self):
        deadline = NINE + timedelta(hours=25)
        before = count_down_to(deadline, "running", 0, 8 * HOUR, self.hours, NINE + timedelta(hours=7))
        after = count_down_to(deadline, "running", 0, 8 * HOUR, self.hours, deadline + timedelta(hours=20))
        self.assertEqual((before.left, after.left), (2 * HOUR, -7 * HOUR))
        always = WorkingTime("UTC", [Shift(day, 0, DAY) for day in range(14)])
        self.assertEqual(count_down_to(None, "paused", HOUR, 4 * HOUR, always, NINE).left, 3 * HOUR)


class CountdownMixin:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        hours = [(0, 0, {"name": str(day), "dayofweek": str(day), "hour_from": 9, "hour_to": 17}) for day in range(5)]
        calendar = cls.env["resource.calendar"].create(
            {"name": "Office hours", "tz": "Australia/Sydney", "attendance_ids": [(5, 0, 0), *hours]}
        )
        teams = cls.team | cls.free_team
        teams.write({"use_sla": True, "resource_calendar_id": calendar.id})
        cls.client_rule, cls.internal_rule = cls.env["helpdesk.sla"].create(
            [
                {
                    "name": f"Closed in {hours} hours",
                    "layer": layer,
                    "target": "resolution",
                    "hours": hours,
                    "team_ids": [(6, 0, teams.ids)],
                    "stage_id": cls.closed.id,
                    "ignore_stage_ids": [(6, 0, cls.triage.ids)] if layer == "client" else False,
                }
                for layer, hours in (("client", 8), ("internal", 4))
            ]
        )


@tagged("post_install", "-at_install")
class TestSlaCountdown(CountdownMixin, PsaCase):
    """What a clock tells people, in words on the ticket."""

    def setUp(self):
        super().setUp()
        with self.clock_at("2026-07-05 23:00:00"):
            self.ticket = self.create_ticket()
            self.env.flush_all()

    def _read(self, moment, layer="client", ticket=None):
        with self.clock_at(moment):
            ticket = (ticket or self.ticket).with_user(self.support)
            ticket.invalidate_recordset()
            return ticket[f"sla_{layer}_words"], ticket[f"sla_{layer}_tone"]

    def _move(self, moment, stage, user):
        with self.clock_at(moment):
            self.ticket.with_user(user).stage_id = stage
            self.env.flush_all()

    def test_layers_count_apart(self):
        self.assertEqual(self._read("2026-07-06 00:20:00"), ("6 h 40 min left", "ok"))
        self.assertEqual(self._read("2026-07-06 00:20:00", "internal"), ("2 h 40 min left", "ok"))

    def test_last_quarter_is_due_soon(self):
        self.assertEqual(self._read("2026-07-06 06:59:30"), ("less than a minute left", "soon"))

    def test_missed_target_counts_working_time(self):
        self.assertEqual(self._read("2026-07-06 20:00:00"), ("Overdue by less than a minute", "overdue"))
        self.assertEqual(self._read("2026-07-07 00:05:00"), ("Overdue by 1 h 5 min", "overdue"))

    def test_pause_holds_the_client_clock_only(self):
        self._move("2026-07-06 04:00:00", self.triage, self.operations)
        self.assertEqual(self._read("2026-07-09 01:00:00"), ("Paused, 3 h of work left", "paused"))
        self.assertEqual(self._read("2026-07-06 05:00:00", "internal")[1], "overdue")

    def test_met_target_says_what_was_to_spare(self):
        self._move("2026-07-06 02:00:00", self.triage, self.operations)
        self._move("2026-07-06 02:00:00", self.in_progress, self.support)
        self._move("2026-07-06 06:20:00", self.closed, self.support)
        self.assertEqual(self._read("2026-08-06 06:20:00"), ("Met with 40 min to spare", "met"))
        self.assertEqual(self._read("2026-08-06 06:20:00", "internal"), ("Met 3 h 20 min late", "late"))

    def test_team_without_a_lifecycle_has_the_words_of_its_deadline(self):
        with self.clock_at("2026-07-05 23:00:00"):
            ticket = self.create_ticket(team_id=self.free_team.id)
            self.env.flush_all()
        self.assertEqual(self._read("2026-07-06 01:00:00", ticket=ticket), ("6 h left", "ok"))
        self.assertEqual(self._read("2026-07-07 01:00:00", ticket=ticket), ("Overdue by 2 h", "overdue"))

    def test_ticket_without_targets_says_nothing(self):
        self.team.use_sla = False
        ticket = self.create_ticket()
        self.assertFalse(ticket.sla_client_words)
        self.assertFalse(ticket.sla_internal_countdown)

    def test_many_tickets_cost_no_more_queries_than_one(self):
        tickets = self.ticket.concat(*(self.create_ticket() for _number in range(10)))
        names = ["sla_client_words", "sla_internal_countdown"]
        self.ticket.read(names)

        def count(some):
            return count_queries(self.env, lambda: some.with_prefetch(some.ids).read(names))

        alone = count(tickets[:1])
        self.assertLessEqual(count(tickets), alone)

    def test_client_reads_the_own_layer_only(self):
        ticket = self.ticket.with_user(self.client_user)
        self.assertTrue(ticket.sla_client_words)
        self.assertEqual(len(ticket.sla_client_countdown["targets"]), 1)
        self.assertFalse(set(INTERNAL_FIELDS) & ticket.fields_get().keys())
        for name in INTERNAL_FIELDS:
            with self.assertRaises(AccessError):
                ticket.read([name])


@tagged("post_install", "-at_install")
class TestSlaCountdownPortal(CountdownMixin, PsaHttpCase):
    """What clients see: the client layer in words, and nothing of the internal layer."""

    def setUp(self):
        super().setUp()
        self.ticket = self.create_ticket()
        self.env.flush_all()

    def test_portal_shows_the_client_layer_only(self):
        self.authenticate(self.client_user.login, self.client_user.login)
        for path in ("/my/tickets", f"/my/ticket/{self.ticket.id}"):
            # A minute may end between the two calls.
            words, internal_words = self._read_words()
            page = self.url_open(path).text
            later, internal_later = self._read_words()
            with self.subTest(path=path):
                self.assertTrue(words in page or later in page)
                self.assertNotIn(internal_words, page)
                self.assertNotIn(internal_later, page)
                self.assertNotIn(self.internal_rule.name, page)

    def _read_words(self):
        self.env.invalidate_all()
        words = self.ticket.with_user(self.client_user).sla_client_words, self.ticket.sla_internal_words
        self.assertNotEqual(*words)
        return words

    def test_client_calls_learn_nothing_internal(self):
        for name in INTERNAL_FIELDS:
            with self.assertRaises(RpcError):
                self.call_as(self.client_user, "helpdesk.ticket", "read", self.ticket.ids, [name])
            with self.assertRaises(RpcError):
                self.call_as(self.client_user, "helpdesk.ticket", "search_read", [], ["name"], order=name)
        rows = self.call_as(self.client_user, "helpdesk.ticket.sla", "search_read", [], ["layer"])
        self.assertEqual({row["layer"] for row in rows}, {"client"})
