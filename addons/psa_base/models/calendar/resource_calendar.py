from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...series import attendance_validity
from ...tools.calendar.working_time import DAY, Shift, WorkingTime


class ResourceCalendar(models.Model):
    _name = "resource.calendar"
    _inherit = ["psa.working.time.mixin", "psa.public.holiday.mixin", "resource.calendar"]

    @api.constrains("attendance_ids", "flexible_hours")
    def _check_still_times_sla(self):
        """A calendar that clocks count by keeps hours that they can count."""
        # sudo: whoever changes the hours need not be allowed to read rules and clients.
        rules, clients = self.env["helpdesk.sla"].sudo(), self.env["res.partner"].sudo()
        used = rules.search([("calendar_id", "in", self.ids)]).calendar_id
        used |= clients.search([("service_calendar_id", "in", self.ids)]).service_calendar_id
        used._check_can_time_sla()

    @ormcache("self.id")
    def _get_working_time(self):
        """The hours as plain data that clocks calculate with; without a calendar, day and night.

        Cached in each worker and forgotten in all of them when the calendar, its hours or its leaves
        change (`psa.working.time.mixin`). A flexible calendar has no hours that a clock could follow.
        """
        if not self:
            return WorkingTime.always()
        # sudo: how long a ticket waited does not depend on which leaves the user may read.
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
        """Leaves of everybody, of this calendar or of the whole company, as Odoo takes them out.

        A calendar that serves all companies takes the closing days of each.
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
        """Raise for a calendar by which no clock can be kept. Hook for whoever chooses a calendar."""
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


def _to_seconds(hour):
    """Odoo's hours are floats that mean whole minutes."""
    return round(hour * 60) * 60


def _to_end(date_to):
    """A leave that ends at 23:59:59 lasts the whole day: the last second is nobody's working time."""
    return date_to + timedelta(seconds=1) if date_to.second == 59 else date_to
