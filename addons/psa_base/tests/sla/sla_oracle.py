"""What a clock must say, found in the plainest way: by counting minutes.

`Calendar` are working hours three times over: for the oracle, as `WorkingTime`, and as a record.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from odoo import Command

from ...tools.calendar.working_time import Shift, WorkingTime

MINUTE = timedelta(minutes=1)
HOUR = 3600
# Summer time begins in Sydney in the second of these weeks, and ends in the third.
WEEKS = [datetime(2026, 7, 6), datetime(2026, 10, 1), datetime(2027, 4, 1)]
HOLIDAY = (datetime(2026, 10, 4, 13), datetime(2026, 10, 5, 13))

# Hours of each day of the week, by the clock on the wall.
ALWAYS = dict.fromkeys(range(7), [(0, 24)])
OFFICE = dict.fromkeys(range(5), [(8, 12), (13, 17)])
NIGHT = dict.fromkeys(range(7), [(0, 6), (22, 24)])


class Calendar:
    def __init__(self, zone, hours, leaves=()):
        self.name, self.zone, self.hours, self.leaves = zone, ZoneInfo(zone), hours, leaves
        shifts = [
            Shift(day + 7 * week, start * HOUR, end * HOUR)
            for day, spans in hours.items()
            for start, end in spans
            for week in range(2)
        ]
        self.working_time = WorkingTime(zone, shifts, leaves)
        self._known = {}

    def is_open(self, minute):
        if minute not in self._known:
            local = minute.replace(tzinfo=UTC).astimezone(self.zone)
            self._known[minute] = any(
                start <= local.hour < end for start, end in self.hours.get(local.weekday(), ())
            ) and not any(start <= minute < end for start, end in self.leaves)
        return self._known[minute]

    def make(self, env):
        attendances = [
            {"name": "Work", "dayofweek": str(day), "hour_from": start, "hour_to": end, "day_period": "morning"}
            for day, spans in self.hours.items()
            for start, end in spans
        ]
        leaves = [{"name": "Holiday", "date_from": start, "date_to": end} for start, end in self.leaves]
        return env["resource.calendar"].create(
            {
                "name": "Hours of a test",
                "tz": self.name,
                "company_id": False,
                "attendance_ids": [Command.clear(), *map(Command.create, attendances)],
                "leave_ids": [Command.create({**leave, "company_id": False}) for leave in leaves],
            }
        )


CALENDARS = [
    Calendar("Australia/Sydney", OFFICE, [HOLIDAY]),
    Calendar("Australia/Sydney", ALWAYS),
    Calendar("Australia/Sydney", NIGHT, [HOLIDAY]),
    Calendar("Australia/Brisbane", OFFICE),
    Calendar("UTC", ALWAYS),
]


def count_minutes(target, calendar, stays, until, points):
    """The oracle: it walks through the history minute by minute and counts."""
    moves = list(stays)
    counter, runs, met_at, breached_at, passed = 0, False, None, None, {}
    minute = stays[0][1]
    while minute <= until:
        if runs:
            if counter >= target.seconds and breached_at is None:
                breached_at = minute
            for seconds, key in points:
                if counter >= max(seconds, 60):
                    passed.setdefault(key, minute)
        while moves and moves[0][1] <= minute:
            stage_id = moves.pop(0)[0]
            if target.latches and met_at:
                continue
            if stage_id in target.met_stage_ids:
                met_at, runs = met_at or minute, False
            else:
                met_at, runs = None, stage_id not in target.pause_stage_ids
        if runs and calendar.is_open(minute):
            counter += 60
        minute += MINUTE
    return counter, met_at, breached_at, passed, runs
