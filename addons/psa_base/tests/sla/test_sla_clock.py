from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...tools.calendar.working_time import WorkingTime
from ...tools.sla.clock import Clock, Target, advance, due_at, moments, replay, replay_moments, settle
from .sla_oracle import CALENDARS, HOUR, MINUTE, WEEKS, count_minutes

RUN, RUN_TOO, PAUSE, MET, MET_TOO = range(5)


@st.composite
def histories(draw):
    """A target, a calendar and the stays of a ticket, with a moment after the last of them."""
    start = draw(st.sampled_from(WEEKS)) + draw(st.integers(0, 2 * 24 * 60)) * MINUTE
    steps = draw(st.lists(st.tuples(st.sampled_from(range(5)), st.integers(0, 20 * 60)), min_size=1, max_size=8))
    stays, moment = [], start
    for stage_id, minutes in steps:
        stays.append((stage_id, moment))
        moment += minutes * MINUTE
    target = Target(
        draw(st.integers(1, 40 * 60)) * 60,
        draw(st.sampled_from([frozenset(), frozenset([PAUSE])])),
        frozenset([MET, MET_TOO]),
        draw(st.booleans()),
    )
    return target, draw(st.sampled_from(CALENDARS)), stays, moment


@tagged("post_install", "-at_install")
class TestSlaClock(BaseCase):
    """The clock of a target, without any record."""

    @settings(max_examples=250, deadline=None, database=None)
    @given(histories(), st.lists(st.integers(0, 50 * 60), max_size=4))
    def test_any_history_gives_what_counting_minutes_gives(self, history, point_minutes):
        target, calendar, stays, until = history
        points = [(60 * minutes, key) for key, minutes in enumerate(point_minutes)]
        counter, met_at, breached_at, passed, runs = count_minutes(target, calendar, stays, until, points)
        clock, found = replay_moments(target, calendar.working_time, stays, until, points)
        self.assertEqual((clock.met_at, clock.breached_at), (met_at, breached_at))
        self.assertEqual(clock.running_since is not None, runs)
        self.assertEqual(consumed_at(clock, calendar, until), counter - 60 * (runs and calendar.is_open(until)))
        # The oracle counts whole minutes, so it sees a point within the first minute only at the minute's end.
        reached = {key: moment for moment, key in found if moment <= until}
        exact = {key: moment for key, moment in passed.items() if points[key][0] >= 60}
        self.assertEqual({key: moment for key, moment in reached.items() if points[key][0] >= 60}, exact)
        self.assertEqual(len(found), len({key for _moment, key in found}), "no point is passed twice")

    @settings(max_examples=150, deadline=None, database=None)
    @given(histories())
    def test_advancing_with_a_look_at_every_step_equals_the_replay(self, history):
        target, calendar, stays, until = history
        working_time, clock = calendar.working_time, Clock()
        for stage_id, entered_at in stays:
            before = clock
            # A sweep may come at any time: it notices a breach and changes nothing else.
            clock = settle(clock, target, working_time, entered_at)
            clock = advance(clock, target, working_time, stage_id, entered_at)
            self.assertGreaterEqual(clock.consumed, before.consumed)
            self.assertIn(before.breached_at, (None, clock.breached_at))
            if before.running_since is None:
                self.assertEqual(clock.consumed, before.consumed)
        self.assertEqual(settle(clock, target, working_time, until), replay(target, working_time, stays, until))

    @settings(max_examples=100, deadline=None, database=None)
    @given(histories())
    def test_due_moment_is_the_breach_if_nobody_moves_the_ticket(self, history):
        target, calendar, stays, _until = history
        clock = replay(target, calendar.working_time, stays, stays[-1][1])
        due = due_at(clock, target, calendar.working_time)
        if clock.running_since is None:
            return
        self.assertEqual(settle(clock, target, calendar.working_time, due).breached_at, due)
        if not clock.breached_at:
            self.assertIsNone(settle(clock, target, calendar.working_time, due - MINUTE).breached_at)
            self.assertEqual(consumed_at(clock, calendar, due), target.seconds)

    def test_moves_that_are_dated_in_the_wrong_order_count_no_time_twice(self):
        target, working_time = Target(8 * HOUR, frozenset([PAUSE])), WorkingTime.always()
        noon = datetime(2026, 7, 6, 12)
        clock = advance(Clock(), target, working_time, RUN, noon - timedelta(hours=2))
        clock = advance(clock, target, working_time, PAUSE, noon)
        clock = advance(clock, target, working_time, RUN, noon - timedelta(hours=1))
        self.assertEqual((clock.consumed, clock.running_since), (2 * HOUR, noon))

    def test_target_that_was_met_shows_what_it_had_to_beat(self):
        target, working_time = Target(8 * HOUR, frozenset(), frozenset([MET])), WorkingTime.always()
        noon = datetime(2026, 7, 6, 12)
        clock = advance(Clock(), target, working_time, RUN, noon)
        clock = advance(clock, target, working_time, MET, noon + timedelta(hours=3))
        self.assertEqual(due_at(clock, target, working_time), noon + timedelta(hours=8))
        self.assertEqual(moments(clock, target, working_time, [(8 * HOUR, None)]), [])

    def test_calendar_without_hours_never_breaches(self):
        target, working_time = Target(HOUR), WorkingTime("UTC", [])
        clock = advance(Clock(), target, working_time, RUN, datetime(2026, 7, 6))
        self.assertIsNone(due_at(clock, target, working_time))
        self.assertEqual(moments(clock, target, working_time, [(HOUR, None)]), [])


def consumed_at(clock, calendar, moment):
    since = clock.running_since
    return clock.consumed + (calendar.working_time.between(since, moment) if since else 0)
