"""WorkingTime against an oracle that asks the time zone for the wall clock of every single minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...tools.calendar.working_time import DAY, EPOCH, Shift, WorkingTime

HOUR, MINUTE = 3600, timedelta(minutes=1)
# The days around both changes of summer time (UTC), and an ordinary week.
CHANGES = {
    "Australia/Sydney": [datetime(2025, 10, 4), datetime(2026, 4, 4)],
    "Australia/Adelaide": [datetime(2025, 10, 4), datetime(2026, 4, 4)],
    "Australia/Lord_Howe": [datetime(2025, 10, 4), datetime(2026, 4, 4)],
    "America/New_York": [datetime(2026, 3, 8), datetime(2026, 11, 1)],
    "Australia/Brisbane": [datetime(2026, 4, 4)],
    "Asia/Kathmandu": [datetime(2026, 4, 4)],
}
FORTNIGHT = [Shift(day, 0, DAY) for day in range(14)]
NIGHT = [Shift(day, 22 * HOUR, DAY) for day in range(14)] + [Shift(day, 0, 6 * HOUR) for day in range(14)]
DAYS = [
    Shift(day + week, start * HOUR, end * HOUR)
    for week in (0, 7)
    for day in range(5)
    for start, end in ((8, 12), (13, 17))
]


def is_work(zone, shifts, leaves, minute):
    """The rule itself, word for word."""
    wall = minute.replace(tzinfo=UTC).astimezone(zone)
    second = wall.hour * HOUR + wall.minute * 60
    day = (wall.date() - date(1, 1, 1)).days % 14
    return any(
        shift.day == day and shift.start <= second < shift.end and shift.first_date <= wall.date() <= shift.last_date
        for shift in shifts
    ) and not any(start <= minute < end for start, end in leaves)


def oracle(zone, shifts, leaves, start, end):
    minutes = (end - start) // MINUTE
    return 60 * sum(is_work(zone, shifts, leaves, start + MINUTE * number) for number in range(minutes))


quarters = st.integers(0, 96).map(lambda quarter: quarter * 900)
shift_lists = st.one_of(
    st.sampled_from([FORTNIGHT, NIGHT, DAYS, []]),
    st.lists(
        st.tuples(st.integers(0, 13), quarters, quarters).map(
            lambda drawn: Shift(drawn[0], min(drawn[1:]), max(drawn[1:]))
        ),
        max_size=20,
    ),
)


@st.composite
def cases(draw):
    zone = draw(st.sampled_from(sorted(CHANGES)))
    around = draw(st.sampled_from(CHANGES[zone]))
    minutes = st.integers(-2 * 1440, 3 * 1440).map(lambda number: around + MINUTE * number)
    leaves = draw(st.lists(st.tuples(minutes, minutes).map(lambda pair: tuple(sorted(pair))), max_size=3))
    start, end = sorted((draw(minutes), draw(minutes)))
    return zone, draw(shift_lists), leaves, start, end


@tagged("post_install", "-at_install", "heavy")
class TestWorkingTime(BaseCase):
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(cases())
    def test_any_calendar_over_any_change_equals_the_oracle(self, case):
        tz, shifts, leaves, start, end = case
        expected = oracle(ZoneInfo(tz), shifts, leaves, start, end)
        self.assertEqual(WorkingTime(tz, shifts, leaves).between(start, end), expected)

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(cases(), st.integers(1, 200 * HOUR), st.integers(0, 59))
    def test_after_is_the_first_moment_with_so_much_work(self, case, seconds, odd):
        tz, shifts, leaves, start, _end = case
        working_time, start = WorkingTime(tz, shifts, leaves), start + timedelta(seconds=odd)
        due = working_time.after(start, seconds)
        if due is None:
            self.assertFalse(working_time.has_hours)
            return
        self.assertEqual(working_time.between(start, due), seconds)
        self.assertEqual(working_time.between(start, due - timedelta(seconds=1)), seconds - 1)

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(cases(), st.integers(-(10**7), 10**7), st.integers(0, 3 * 10**7))
    def test_parts_add_up_to_the_whole_across_spans(self, case, shift, length):
        tz, shifts, leaves, start, middle = case
        end = middle + timedelta(seconds=length)
        start, working_time = start + timedelta(seconds=min(shift, 0)), WorkingTime(tz, shifts, leaves)
        parts = working_time.between(start, middle) + working_time.between(middle, end)
        self.assertEqual(parts, working_time.between(start, end))

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(cases())
    def test_intervals_are_the_work_between(self, case):
        tz, shifts, leaves, start, end = case
        working_time = WorkingTime(tz, shifts, leaves)
        found = working_time.intervals(start, end)
        self.assertEqual(sum((stop - begin).total_seconds() for begin, stop in found), working_time.between(start, end))
        self.assertEqual(found, sorted(found))
        self.assertTrue(all(start <= begin < stop <= end for begin, stop in found))

    def test_repeated_hour_counts_twice_and_skipped_hour_not_at_all(self):
        hours = [Shift(day, 2 * HOUR, 3 * HOUR) for day in range(14)]
        sydney = WorkingTime("Australia/Sydney", hours)
        self.assertEqual(sydney.between(datetime(2026, 4, 4, 13), datetime(2026, 4, 5, 13)), 2 * HOUR)
        self.assertEqual(sydney.between(datetime(2025, 10, 4, 13), datetime(2025, 10, 5, 13)), 0)
        howe = WorkingTime("Australia/Lord_Howe", hours)
        self.assertEqual(howe.between(datetime(2025, 10, 4, 13), datetime(2025, 10, 5, 13)), HOUR // 2)

    def test_days_of_a_change_are_23_and_25_hours_long(self):
        always = WorkingTime("Australia/Adelaide", FORTNIGHT)
        self.assertEqual(always.between(datetime(2026, 4, 4, 13, 30), datetime(2026, 4, 5, 14, 30)), 25 * HOUR)
        self.assertEqual(always.after(datetime(2026, 4, 4, 13, 30), 25 * HOUR), datetime(2026, 4, 5, 14, 30))

    def test_seconds_within_a_shift_are_counted_and_parts_of_a_second_dropped(self):
        days = WorkingTime("Australia/Brisbane", DAYS)
        start = datetime(2026, 11, 22, 22, 0, 10, 999999)
        self.assertEqual(days.between(start, datetime(2026, 11, 22, 22, 1)), 50)
        self.assertEqual(days.after(start, 50), datetime(2026, 11, 22, 22, 1))

    def test_due_at_the_end_of_a_shift_is_not_the_next_morning(self):
        days = WorkingTime("Australia/Brisbane", DAYS)
        friday_morning = datetime(2026, 11, 19, 22)
        self.assertEqual(days.after(friday_morning, 8 * HOUR), datetime(2026, 11, 20, 7))
        self.assertEqual(days.after(friday_morning, 8 * HOUR + 1), datetime(2026, 11, 22, 22, 0, 1))

    def test_nothing_to_wait_for_is_due_at_once(self):
        night = datetime(2026, 11, 22, 3, 0, 0, 5)
        self.assertEqual(WorkingTime("Australia/Brisbane", DAYS).after(night, 0), night)
        self.assertEqual(WorkingTime("Australia/Brisbane", DAYS).between(night, night - timedelta(days=3)), 0)

    def test_calendar_without_hours_is_never_due(self):
        self.assertIsNone(WorkingTime("UTC", []).after(EPOCH, 1))
        past = [Shift(day, 0, DAY, last_date=date(2020, 1, 1)) for day in range(14)]
        self.assertIsNone(WorkingTime("UTC", past).after(datetime(2026, 1, 1), 1))

    def test_hours_limited_to_a_period_count_in_it_only(self):
        shifts = [Shift(day, 0, DAY, date(2026, 1, 2), date(2026, 1, 3)) for day in range(14)]
        working_time = WorkingTime("Australia/Perth", shifts)
        self.assertEqual(working_time.between(datetime(2025, 12, 1), datetime(2026, 2, 1)), 2 * DAY)

    def test_without_a_calendar_every_second_counts(self):
        always = WorkingTime.always()
        self.assertEqual(always.between(datetime(2020, 1, 1), datetime(2026, 1, 1)), 2192 * DAY)
        self.assertEqual(always.after(datetime(2020, 1, 1), 2192 * DAY), datetime(2026, 1, 1))
