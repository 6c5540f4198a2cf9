from collections import defaultdict
from datetime import datetime, timedelta

from pytz import UTC, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...series import attendance_validity
from ...tools.calendar.public_holidays import UnknownRegion, get_public_holidays
from ...tools.calendar.working_time import DAY, Shift, WorkingTime
from ...tools.windows import open_action

SECOND = timedelta(seconds=1)


class ResourceCalendar(models.Model):
    _name = "resource.calendar"
    _inherit = ["psa.working.time.mixin", "resource.calendar"]

    @api.constrains("attendance_ids", "flexible_hours")
    def _check_still_times_sla(self):
        """A calendar that SLA rules or clients use keeps hours by which clocks can count."""
        # sudo: whoever changes the hours need not be allowed to read SLA rules and clients.
        rules, clients = self.env["helpdesk.sla"].sudo(), self.env["res.partner"].sudo()
        used = rules.search([("calendar_id", "in", self.ids)]).calendar_id
        used |= clients.search([("service_calendar_id", "in", self.ids)]).service_calendar_id
        used._check_can_time_sla()

    @ormcache("self.id")
    def _get_working_time(self):
        """The hours as plain data, by which clocks count. Without a calendar, they count day and night.

        Each worker caches it, and all of them forget it when the calendar, its hours or its leaves change: see
        `psa.working.time.mixin`. A flexible calendar has no hours by which a clock could count.
        """
        if not self:
            return WorkingTime.always()
        # sudo: all leaves count, also those that the user may not read.
        calendar = self.sudo()
        shifts = [] if calendar.flexible_hours else calendar._get_shifts()
        return WorkingTime(calendar.tz or "UTC", shifts, calendar._get_general_leaves())

    def _get_calendars(self):
        return self

    def _get_shifts(self):
        shifts = []
        for hours in self.attendance_ids:
            if hours.display_type or hours.day_period == "lunch":
                continue
            first_date, last_date, is_general = attendance_validity(hours)
            if not is_general:
                continue
            weeks = [int(hours.week_type or 0)] if self.two_weeks_calendar else [0, 1]
            shifts += [
                Shift(
                    int(hours.dayofweek) + 7 * week,
                    max(0, _to_seconds(hours.hour_from)),
                    min(DAY, _to_seconds(hours.hour_to)),
                    first_date,
                    last_date,
                )
                for week in weeks
            ]
        return shifts

    def _get_general_leaves(self):
        """(start, end) of the leaves that are nobody's own: those of this calendar, and those of the whole company.

        A calendar without a company has the closing days of all companies. Odoo's own hours leave out the same.
        """
        domain = [
            ("time_type", "=", "leave"),
            ("resource_id", "=", False),
            "|",
            ("calendar_id", "=", self.id),
            ("calendar_id", "=", False),
        ]
        if self.company_id:
            domain += ["|", ("calendar_id", "=", self.id), ("company_id", "in", [self.company_id.id, False])]
        leaves = self.env["resource.calendar.leaves"].search_fetch(domain, ["date_from", "date_to"])
        return [(leave.date_from, _to_end(leave.date_to)) for leave in leaves]

    def _check_can_time_sla(self):
        """Refuse calendars by which no clock can count. Models with a field for a calendar ask this."""
        for calendar in self:
            if calendar.flexible_hours:
                raise ValidationError(
                    self.env._(
                        "The calendar %s has flexible hours, so nobody can say when a target is due. "
                        "Choose a calendar with fixed working hours.",
                        calendar.name,
                    )
                )
            now = fields.Datetime.now()
            if calendar._get_working_time().after(now, 1) is None:
                raise ValidationError(
                    self.env._(
                        "The calendar %s has no working hours, so a target would never be due. "
                        "Add working hours to it, or choose another calendar.",
                        calendar.name,
                    )
                )

    # --- Public holidays of a country or state as closing days of the calendar. ---

    holiday_country_id = fields.Many2one(
        "res.country",
        string="Public holidays of",
        help="The public holidays of this country become closing days by themselves. Empty: none do.",
    )
    holiday_state_id = fields.Many2one(
        "res.country.state",
        string="State of the holidays",
        domain="[('country_id', '=', holiday_country_id)]",
        help="Adds the holidays of this state. Empty: only those that the whole country has.",
    )
    holidays_until = fields.Integer(
        string="Holidays added until",
        readonly=True,
        copy=False,
        help="The last year whose public holidays were added. A day that you delete is not added again by itself.",
    )

    @api.constrains("holiday_country_id", "holiday_state_id")
    def _check_holidays_are_known(self):
        for calendar in self.filtered("holiday_country_id"):
            calendar._get_public_holidays([fields.Date.today().year])

    def write(self, vals):
        """Closing days from midnight to midnight stay that in a new time zone."""
        if "tz" not in vals:
            return super().write(vals)
        whole_days = {calendar: calendar._get_whole_holidays() for calendar in self}
        result = super().write(vals)
        for calendar, leaves in whole_days.items():
            for leave in leaves:
                leave.write(calendar._prepare_holiday_bounds(leave.holiday_date, 0))
        return result

    def action_add_public_holidays(self):
        self.ensure_one()
        context = {"default_calendar_id": self.id}
        return open_action(self.env, "psa_base.psa_public_holiday_wizard_action", context=context)

    def _add_public_holidays(self, public_holidays):
        """Add the holidays whose day is not a closing day of the calendar yet. Return the new leaves."""
        self.ensure_one()
        known = set(self._get_holiday_leaves().mapped("holiday_date"))
        return self.env["resource.calendar.leaves"].create(
            [
                self._prepare_holiday(holiday)
                for holiday in public_holidays
                if holiday.date not in known and holiday.from_hour is not None
            ]
        )

    def _get_public_holidays(self, years):
        """The public holidays of the calendar's country or state in these years."""
        country, state = self.holiday_country_id, self.holiday_state_id
        try:
            return get_public_holidays(country.code, state.code, years)
        except UnknownRegion as error:
            region = state.name or country.name
            raise ValidationError(
                self.env._("No public holidays are known for %s. Choose another country or state.", region)
            ) from error

    def _get_holiday_leaves(self):
        return self.env["resource.calendar.leaves"].search(
            [("calendar_id", "in", self.ids), ("holiday_date", "!=", False)]
        )

    def _get_whole_holidays(self):
        """The holidays that begin at midnight here: nobody has given them other hours."""
        return self._get_holiday_leaves().filtered(
            lambda leave: leave.date_from == self._prepare_holiday_bounds(leave.holiday_date, 0)["date_from"]
        )

    def _prepare_holiday(self, holiday):
        return {
            "name": holiday.name,
            "calendar_id": self.id,
            "holiday_date": holiday.date,
            **self._prepare_holiday_bounds(holiday.date, holiday.from_hour),
        }

    def _prepare_holiday_bounds(self, day, from_hour):
        """Start and end of the local day in UTC. It ends at 23:59:59, as Odoo writes whole days."""
        midnight = datetime.combine(day, datetime.min.time())
        zone = timezone(self.tz or "UTC")
        start, end = (
            zone.localize(moment).astimezone(UTC).replace(tzinfo=None)
            for moment in (midnight + timedelta(hours=from_hour), midnight + timedelta(days=1))
        )
        return {"date_from": start, "date_to": end - SECOND}

    @api.model
    def _cron_add_public_holidays(self):
        """Add the holidays of this year and the next to each calendar with a country, each year once."""
        this_year = fields.Date.today().year
        missing = defaultdict(self.browse)
        for calendar in self.search([("holiday_country_id", "!=", False), ("holidays_until", "<", this_year + 1)]):
            missing[max(this_year, calendar.holidays_until + 1)] |= calendar
        for first_year, calendars in missing.items():
            years = range(first_year, this_year + 2)
            for calendar in calendars:
                calendar._add_public_holidays(calendar._get_public_holidays(years))
            calendars.holidays_until = this_year + 1


def _to_seconds(hour):
    """Seconds since midnight. Odoo keeps hours as floats, and means whole minutes."""
    return round(hour * 60) * 60


def _to_end(date_to):
    """The end of a leave. One that ends at 23:59:59 lasts until midnight."""
    return date_to + timedelta(seconds=1) if date_to.second == 59 else date_to
