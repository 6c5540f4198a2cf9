from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from ..common import PsaDataMixin

HOUR = 3600
SUNDAY, MONDAY = datetime(2026, 11, 21, 14), datetime(2026, 11, 22, 14)  # 00:00 in Brisbane
DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestResourceCalendar(PsaDataMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._create_calendar("Australia/Brisbane", [(8, 12, "morning"), (13, 17, "afternoon")])

    @classmethod
    def _create_calendar(cls, tz, hours, days="01234", **vals):
        return cls.env["resource.calendar"].create(
            {
                "name": f"Hours in {tz}",
                "tz": tz,
                "company_id": False,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": f"{day} {start}",
                            "dayofweek": day,
                            "day_period": period,
                            "hour_from": start,
                            "hour_to": end,
                        }
                    )
                    for day in days
                    for start, end, period in hours
                ],
                **vals,
            }
        )

    def _get_hours(self, start=MONDAY, days=1, calendar=None):
        calendar = (calendar or self.calendar).with_user(self.support)
        return calendar._get_working_time().between(start, start + days * DAY) / HOUR

    def _add_leave(self, **vals):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Show Day",
                "calendar_id": self.calendar.id,
                "date_from": MONDAY,
                "date_to": MONDAY + DAY - timedelta(seconds=1),
                **vals,
            }
        )

    def test_ordinary_weeks_equal_odoo_own_count(self):
        zones = ["Australia/Brisbane", "Australia/Adelaide", "Australia/Lord_Howe", "America/New_York"]
        day = [(8, 12, "morning"), (12, 13, "lunch"), (13, 17.5, "afternoon")]
        night = [(0, 6, "morning"), (22, 24, "afternoon")]
        for tz in zones:
            for hours, days in ((day, "01234"), (night, "0123456"), ([(0, 24, "morning")], "0123456")):
                calendar = self._create_calendar(tz, hours, days)
                self._add_leave(calendar_id=calendar.id)
                for start in (MONDAY, MONDAY + timedelta(hours=3, minutes=20), datetime(2026, 3, 25)):
                    end = start + timedelta(days=13, hours=1)
                    # a whole day's last second is the one thing that Odoo counts differently
                    expected = calendar.get_work_hours_count(start, end)
                    counted = calendar._get_working_time().between(start, end) / HOUR
                    if not start <= datetime(2026, 4, 4) <= end or tz == "Australia/Brisbane":
                        self.assertAlmostEqual(counted, expected, delta=2 / HOUR, msg=f"{tz} {hours}")

    def test_deadline_equals_odoo_own_plan(self):
        for hours in (1, 8, 9.5, 123):
            expected = self.calendar.plan_hours(hours, MONDAY, compute_leaves=True)
            self.assertEqual(self.calendar._get_working_time().after(MONDAY, hours * HOUR), expected)

    def test_two_week_calendar_alternates_as_odoo_does(self):
        calendar = self._create_calendar(
            "Australia/Brisbane", [(8, 12, "morning"), (13, 14, "afternoon")], two_weeks_calendar=True
        )
        for hours in calendar.attendance_ids:
            hours.week_type = "0" if hours.day_period == "morning" else "1"
        weeks = [self._get_hours(SUNDAY + DAY + timedelta(days=7 * week), 7, calendar) for week in range(4)]
        self.assertEqual(sorted(weeks), [5, 5, 20, 20])
        expected = [
            calendar.get_work_hours_count(MONDAY + week * 7 * DAY, MONDAY + (week + 1) * 7 * DAY) for week in range(4)
        ]
        self.assertEqual(weeks, expected)

    def test_general_leave_of_calendar_counts_no_hours(self):
        self._add_leave()
        self.assertEqual(self._get_hours(), 0)
        self.assertEqual(self._get_hours(days=7), 32)

    def test_leave_of_the_company_holds_for_its_calendars_only(self):
        other_company = self.env["res.company"].create({"name": "Northern branch"})
        theirs = self._create_calendar("Australia/Brisbane", [(8, 12, "morning")], company_id=other_company.id)
        ours = self._create_calendar("Australia/Brisbane", [(8, 12, "morning")], company_id=self.env.company.id)
        self._add_leave(calendar_id=False)
        self.assertEqual(self._get_hours(calendar=ours), 0)
        self.assertEqual(self._get_hours(calendar=theirs), 4)

    def test_leave_of_one_person_stops_no_clock(self):
        person = self.env["resource.resource"].create({"name": "Sam", "calendar_id": self.calendar.id})
        self._add_leave(resource_id=person.id)
        self.assertEqual(self._get_hours(), 8)

    def test_training_day_is_working_time(self):
        self._add_leave(time_type="other")
        self.assertEqual(self._get_hours(), 8)

    def test_change_of_hours_leaves_or_zone_holds_at_once(self):
        self.assertEqual(self._get_hours(), 8)
        leave = self._add_leave()
        self.assertEqual(self._get_hours(), 0)
        leave.date_to = MONDAY + timedelta(hours=11)
        self.assertEqual(self._get_hours(), 5)
        leave.unlink()
        self.assertEqual(self._get_hours(), 8)
        monday = self.calendar.attendance_ids.filtered(lambda hours: hours.dayofweek == "0")
        monday[-1].hour_to = 18
        self.assertEqual(self._get_hours(), 9)
        monday[-1].unlink()
        self.assertEqual(self._get_hours(), 4)
        self.calendar.tz = "Pacific/Auckland"  # Monday's morning there began on Sunday here
        self.assertEqual(self._get_hours(MONDAY + timedelta(hours=7)), 4)

    def test_hours_are_asked_without_a_query_once_known(self):
        self._get_hours()
        with self.assertQueryCount(0):
            self._get_hours(days=300)

    def test_without_a_calendar_time_never_stands_still(self):
        nobody = self.env["resource.calendar"]
        self.assertEqual(nobody._get_working_time().between(MONDAY, MONDAY + DAY), 24 * HOUR)

    def test_calendar_without_hours_is_refused_for_sla(self):
        self.calendar._check_can_time_sla()
        self.calendar.attendance_ids.unlink()
        with self.assertRaisesRegex(ValidationError, "has no working hours"):
            self.calendar._check_can_time_sla()

    def test_flexible_calendar_is_refused_for_sla(self):
        self.calendar.flexible_hours = True
        with self.assertRaisesRegex(ValidationError, "flexible hours"):
            self.calendar._check_can_time_sla()
