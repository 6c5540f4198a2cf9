from datetime import time, timedelta
from itertools import islice

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_datetime

from ...series import Constraint
from ...tools.ticket.schedule import Schedule

# The names that the widget for days of the week knows.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

SCHEDULE_FIELDS = (
    "interval", "unit", *WEEKDAYS, "month_by", "month_day", "week", "weekday", "hour", "tz",
    "start_on", "end_by", "end_on", "end_count", "non_working", "template_id",
)  # fmt: skip

PREVIEW_SIZE = 5

# How far a day may move to be a working day; further, and the calendar has none.
FARTHEST_MOVE = 31


class PsaTicketRecurrence(models.Model):
    """When something comes again, in fields that a person fills in, and its next dates."""

    _inherit = "psa.ticket.recurrence"

    interval = fields.Integer(string="Every", required=True, default=1)
    unit = fields.Selection(
        [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")], required=True, default="month"
    )
    mon = fields.Boolean(string="Monday")
    tue = fields.Boolean(string="Tuesday")
    wed = fields.Boolean(string="Wednesday")
    thu = fields.Boolean(string="Thursday")
    fri = fields.Boolean(string="Friday")
    sat = fields.Boolean(string="Saturday")
    sun = fields.Boolean(string="Sunday")
    month_by = fields.Selection(
        [("day", "on day"), ("last", "on the last day"), ("weekday", "on the")],
        string="Day",
        required=True,
        default="day",
    )
    month_day = fields.Integer(string="Day of the month", default=1)
    week = fields.Selection(
        [("1", "first"), ("2", "second"), ("3", "third"), ("4", "fourth"), ("-1", "last")], default="1"
    )
    weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        default="0",
    )
    hour = fields.Float(string="At", default=8.0, help="Time of the day in the time zone.")
    tz = fields.Selection(
        lambda self: [(name, name) for name in pytz.common_timezones],
        string="Time zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
    )
    start_on = fields.Date(string="From", required=True, default=fields.Date.context_today)
    end_by = fields.Selection(
        [("never", "with no end"), ("date", "until"), ("count", "this many times")],
        string="Ends",
        required=True,
        default="never",
    )
    end_on = fields.Date(string="Last day")
    end_count = fields.Integer(string="Times", default=12)
    non_working = fields.Selection(
        [
            ("keep", "open the ticket all the same"),
            ("skip", "leave it out"),
            ("move", "open the ticket on the next working day"),
        ],
        string="On a non-working day",
        required=True,
        default="move",
        help="Working days are those of the calendar of the template's team.",
    )
    missed = fields.Selection(
        [("latest", "the latest only"), ("all", "all of them")],
        string="After an outage, make up for",
        required=True,
        default="latest",
    )
    last_at = fields.Datetime(
        string="Done until", required=True, readonly=True, copy=False, default=fields.Datetime.now
    )
    next_at = fields.Datetime(string="Next", compute="_compute_next_at", store=True, index=True)
    next_dates = fields.Text(string="Next dates", compute="_compute_next_dates")

    _interval_positive = Constraint("CHECK(interval > 0)", "Every how many? Say one or more.")
    _hour_of_day = Constraint("CHECK(hour >= 0 AND hour < 24)", "The time is between 0:00 and 23:59.")

    @api.constrains("unit", "month_by", "month_day", "end_by", "end_on", "end_count", "start_on")
    def _check_schedule(self):
        for record in self:
            if record.month_by == "day" and not 1 <= record.month_day <= 31:
                raise ValidationError(self.env._("A month has no day %s: choose 1 to 31.", record.month_day))
            if record.end_by == "date" and (not record.end_on or record.end_on < record.start_on):
                raise ValidationError(self.env._("Choose a last day that is not before the first."))
            if record.end_by == "count" and record.end_count < 1:
                raise ValidationError(self.env._("How many times? Say one or more."))

    @api.depends(*SCHEDULE_FIELDS, "last_at")
    def _compute_next_at(self):
        for record in self:
            record.next_at = next(iter(record._get_planned(record.last_at, limit=1)), False)

    @api.depends(*SCHEDULE_FIELDS)
    def _compute_next_dates(self):
        now = fields.Datetime.now()
        for record in self:
            dates = record._get_planned(max(now, record.last_at or now), limit=PREVIEW_SIZE)
            record.next_dates = "\n".join(
                format_datetime(self.env, moment, tz=record.tz, dt_format="EEE d MMM yyyy, HH:mm") for moment in dates
            ) or self.env._("No more dates.")

    def write(self, vals):
        """A changed schedule holds from now on: dates that it would have had before are left out."""
        if "last_at" not in vals and not vals.keys().isdisjoint(SCHEDULE_FIELDS):
            vals = {**vals, "last_at": fields.Datetime.now()}
        return super().write(vals)

    def _get_schedule(self):
        hours, minutes = divmod(round(self.hour * 60), 60)
        by_weekday = self.month_by == "weekday" and self.unit in ("month", "year")
        days = tuple(number for number, name in enumerate(WEEKDAYS) if self[name])
        return Schedule(
            unit=self.unit,
            interval=max(self.interval, 1),
            start=self.start_on or fields.Date.context_today(self),
            at=time(min(hours, 23), minutes),
            tz=self.tz or "UTC",
            weekdays=(int(self.weekday),) if by_weekday else days,
            week=int(self.week) if by_weekday else 0,
            month_day=31 if self.month_by == "last" else min(max(self.month_day, 1), 31),
            end=self.end_on if self.end_by == "date" else None,
            count=self.end_count if self.end_by == "count" else None,
        )

    def _get_planned(self, after, limit=None, until=None):
        """The moments after `after` at which a ticket is to be opened, moved or left out as `non_working` says."""
        schedule, working_time = self._get_schedule(), self._get_working_time()
        # A day before `after` that is no working day may move to one that is later than `after`.
        slots = schedule.occurrences(after - timedelta(days=FARTHEST_MOVE))
        moments, seen = [], after
        for slot in islice(slots, 1000):
            moment = self._mind_working_days(schedule, working_time, slot)
            if until and slot > until or limit and len(moments) == limit:
                break
            if moment and moment > seen and not (until and moment > until):
                moments.append(moment)
                seen = moment
        return moments

    def _mind_working_days(self, schedule, working_time, slot):
        """The slot, the same time on the next working day, or None when it is left out."""
        if self.non_working == "keep":
            return slot
        moment = slot
        for _day in range(FARTHEST_MOVE):
            if working_time.between(*schedule.get_day(moment)):
                return moment
            if self.non_working == "skip":
                return None
            moment = schedule.get_next_day(moment)
        return slot

    def _get_working_time(self):
        # sudo: the dates are the same for whoever looks at them, also without a right to read calendars.
        return self.sudo().template_id.team_id.resource_calendar_id._get_working_time()
