from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import TechsourceCase

ZONES = {
    "ACT": "Australia/Sydney",
    "NSW": "Australia/Sydney",
    "NT": "Australia/Darwin",
    "QLD": "Australia/Brisbane",
    "SA": "Australia/Adelaide",
    "TAS": "Australia/Hobart",
    "VIC": "Australia/Melbourne",
    "WA": "Australia/Perth",
}
HOUR = 3600


@tagged("post_install", "-at_install")
class TestServiceCalendars(TechsourceCase):
    """The hours of service that the client starts with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = cls.env["ir.model.data"].search([("module", "=", "psa_techsource"), ("model", "=", "resource.calendar")])
        cls.calendars = cls.env["resource.calendar"].browse(data.mapped("res_id"))

    def test_each_state_has_its_zone_and_eight_hours_a_day(self):
        states = self.calendars.filtered("holiday_state_id")
        self.assertEqual({calendar.holiday_state_id.code: calendar.tz for calendar in states}, ZONES)
        wednesday = datetime(2026, 7, 14, 12)
        for calendar in states:
            work = calendar._get_working_time().between(wednesday, wednesday + timedelta(days=1))
            self.assertEqual(work, 8 * HOUR, calendar.name)

    def test_holidays_of_this_year_and_the_next_are_closing_days(self):
        year = fields.Date.today().year
        for calendar in self.calendars.filtered("holiday_state_id"):
            days = calendar._get_holiday_leaves().mapped("holiday_date")
            with self.subTest(calendar=calendar.name):
                self.assertGreaterEqual({day.year for day in days}, {year, year + 1})
                self.assertTrue(any((day.month, day.day) == (12, 25) for day in days))

    def test_one_calendar_never_closes(self):
        always = self.calendars - self.calendars.filtered("holiday_state_id")
        year = datetime(2026, 1, 1)
        self.assertEqual(always._get_working_time().between(year, year + timedelta(days=365)), 365 * 24 * HOUR)
