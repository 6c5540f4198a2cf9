"""Working time of a calendar, to the second, for clocks that are asked thousands of times a minute.

A second counts when the local time of the calendar's time zone is within working hours and no leave covers it. So an
hour that is repeated when summer time ends counts twice, and one that is skipped when it begins does not count at all.
Moments are naive UTC datetimes, as Odoo keeps them. Parts of a second are dropped.

The work is kept as intervals of UTC seconds in spans of 64 days, with the sum of the work up to the end of each
interval, so that every answer is a bisection. A span is built when it is first asked for. There is no Odoo in here, and
answers never change, so one object serves all threads of a worker.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pytz import timezone

HOUR = 3600
DAY = 24 * HOUR
SPAN = 64 * DAY
EPOCH = datetime(1970, 1, 1)
# The first day of Odoo's two-week calendars is day 1 of the Gregorian calendar, a Monday.
FORTNIGHT_SHIFT = EPOCH.toordinal() - 1
# A deadline further ahead than this counts as never: the calendar has hours, but too few of them.
HORIZON = 100 * 366 * DAY


@dataclass(frozen=True)
class Shift:
    """Working hours on one day of a fortnight, in seconds of local time since midnight. The end is not included."""

    day: int
    start: int
    end: int
    first_date: date = date.min
    last_date: date = date.max


@dataclass(frozen=True)
class _Span:
    """The work in 64 days: disjoint intervals in order, and the work up to the end of each."""

    starts: list
    ends: list
    sums: list

    @property
    def total(self):
        return self.sums[-1] if self.sums else 0

    def worked_before(self, second):
        index = bisect_right(self.starts, second) - 1
        return self.sums[index] - max(0, self.ends[index] - second) if index >= 0 else 0

    def between(self, first, last):
        index = bisect_right(self.ends, first)
        return zip(self.starts[index : bisect_left(self.starts, last)], self.ends[index:], strict=False)

    def moment_of(self, worked):
        """The second at which `worked` seconds of this span (one at least) have passed."""
        index = bisect_left(self.sums, worked)
        return self.ends[index] - (self.sums[index] - worked)


class WorkingTime:
    """A calendar as plain data: how much of a time is work, and when so much work has passed.

    `shifts` are those of a fortnight: a weekly calendar gives each one twice. `leaves` are pairs of naive UTC
    datetimes. Shifts and leaves may overlap.
    """

    __slots__ = ("_leaves", "_shifts", "_spans", "_zone", "has_hours")

    def __init__(self, tz, shifts, leaves=()):
        self._zone = timezone(tz)
        self._shifts = tuple(sorted((shift for shift in shifts if shift.start < shift.end), key=_order))
        self._leaves = _merged((_seconds(start), _seconds(end)) for start, end in leaves)
        self._spans = {}
        self.has_hours = bool(self._shifts)

    @classmethod
    def always(cls):
        """Day and night, where there is no calendar."""
        return cls("UTC", [Shift(day, 0, DAY) for day in range(14)])

    def between(self, start, end):
        """Working seconds from `start` to `end`; 0 if the end comes first."""
        first, last = _seconds(start), _seconds(end)
        if last <= first:
            return 0
        first_number, last_number = first // SPAN, last // SPAN
        worked = self._span(last_number).worked_before(last) - self._span(first_number).worked_before(first)
        return worked + sum(self._span(number).total for number in range(first_number, last_number))

    def after(self, start, seconds):
        """The first moment at which `seconds` of work have passed since `start`; None if never."""
        if seconds <= 0:
            return start
        if not self.has_hours:
            return None
        first = _seconds(start)
        first_number = first // SPAN
        wanted = self._span(first_number).worked_before(first) + int(seconds)
        for number in range(first_number, (first + HORIZON) // SPAN):
            span = self._span(number)
            if wanted <= span.total:
                return EPOCH + timedelta(seconds=span.moment_of(wanted))
            wanted -= span.total
        return None

    def intervals(self, start, end):
        """The work from `start` to `end` as pairs of moments, in order."""
        first, last = _seconds(start), _seconds(end)
        if last <= first:
            return []
        return [
            (EPOCH + timedelta(seconds=max(begin, first)), EPOCH + timedelta(seconds=min(stop, last)))
            for number in range(first // SPAN, last // SPAN + 1)
            for begin, stop in self._span(number).between(first, last)
        ]

    def _span(self, number):
        span = self._spans.get(number)
        if span is None:
            span = self._spans[number] = self._build_span(number * SPAN, (number + 1) * SPAN)
        return span

    def _build_span(self, first, last):
        work = _without(_merged(self._iter_shifts(first, last)), self._leaves)
        starts, ends, sums, total = [], [], [], 0
        for start, end in work:
            total += end - start
            starts.append(start)
            ends.append(end)
            sums.append(total)
        return _Span(starts, ends, sums)

    def _iter_shifts(self, first, last):
        """The shifts of [first, last) as UTC seconds, part by part of one offset of the time zone each."""
        by_day = [[] for _day in range(14)]
        for shift in self._shifts:
            by_day[shift.day].append(shift)
        for start, end, offset in self._iter_offsets(first, last):
            for day in range((start + offset) // DAY, (end - 1 + offset) // DAY + 1):
                midnight = day * DAY - offset
                for shift in by_day[(day + FORTNIGHT_SHIFT) % 14]:
                    if shift.first_date <= date.fromordinal(day + EPOCH.toordinal()) <= shift.last_date:
                        yield max(start, midnight + shift.start), min(end, midnight + shift.end)

    def _iter_offsets(self, first, last):
        """Parts (start, end, offset) of [first, last) in which the time zone has one offset to UTC."""
        start, offset = first, self._offset(first)
        for noon in range(first, last, DAY):
            later = min(noon + DAY, last)
            if self._offset(later) == offset:
                continue
            change = self._first_second_with_other_offset(noon, later, offset)
            yield start, change, offset
            start, offset = change, self._offset(change)
        if start < last:
            yield start, last, offset

    def _first_second_with_other_offset(self, before, after, offset):
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, second):
        moment = self._zone.fromutc(EPOCH + timedelta(seconds=second))
        return round(moment.utcoffset().total_seconds())


def _order(shift):
    return shift.day, shift.start


def _seconds(moment):
    passed = moment - EPOCH
    return passed.days * DAY + passed.seconds


def _merged(intervals):
    """The intervals in order, with those that overlap joined."""
    merged = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def _without(intervals, holes):
    """The parts of `intervals` outside of `holes`. Both are disjoint and in order."""
    ends = [hole_end for _hole_start, hole_end in holes]
    for start, end in intervals:
        for hole_start, hole_end in holes[bisect_right(ends, start) :]:
            if hole_start >= end:
                break
            if start < hole_start:
                yield start, hole_start
            start = hole_end
        if start < end:
            yield start, end
