"""When something comes again: plain data and dates, without Odoo."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

_FREQUENCIES = {"day": DAILY, "week": WEEKLY, "month": MONTHLY, "year": YEARLY}
# A day of the month that not every month has; in a shorter month the last day stands in for it.
_SURE_DAYS = 28


@dataclass(frozen=True)
class Schedule:
    """Every `interval` units from `start` on, at the same time on the clock of `tz`, summer and winter.

    Weeks: on `weekdays` (0 is Monday). Months and years: on `month_day` (31 is the last day of any
    month), or on the `week`-th (−1: last) of `weekdays`.
    """

    unit: str
    interval: int
    start: date
    at: time
    tz: str
    weekdays: tuple = ()
    month_day: int = 0
    week: int = 0
    end: date | None = None
    count: int | None = None

    def occurrences(self, after):
        """Yield the moments later than `after`, both as naive UTC."""
        for local in self._get_rule():
            moment = self.to_utc(local)
            if moment > after:
                yield moment

    def to_utc(self, local):
        return local.replace(tzinfo=ZoneInfo(self.tz)).astimezone(UTC).replace(tzinfo=None)

    def to_local(self, moment):
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.tz)).replace(tzinfo=None)

    def get_day(self, moment):
        """First and last instant, in UTC, of the local day that the moment is in."""
        midnight = datetime.combine(self.to_local(moment).date(), time())
        return self.to_utc(midnight), self.to_utc(midnight + timedelta(days=1))

    def get_next_day(self, moment):
        """The same time on the clock, a day later."""
        return self.to_utc(self.to_local(moment) + timedelta(days=1))

    def _get_rule(self):
        options = {}
        if self.unit == "week":
            options["byweekday"] = self.weekdays or self.start.weekday()
        elif self.unit in ("month", "year"):
            options = self._get_day_options()
        if self.unit == "year":
            options["bymonth"] = self.start.month
        return rrule(
            _FREQUENCIES[self.unit],
            dtstart=datetime.combine(self.start, self.at),
            interval=self.interval,
            until=self.end and datetime.combine(self.end, time.max),
            count=self.count or None,
            **options,
        )

    def _get_day_options(self):
        if self.week:
            return {"byweekday": [weekday(day)(self.week) for day in self.weekdays]}
        day = self.month_day or self.start.day
        if day <= _SURE_DAYS:
            return {"bymonthday": day}
        return {"bymonthday": range(_SURE_DAYS, day + 1), "bysetpos": -1}
