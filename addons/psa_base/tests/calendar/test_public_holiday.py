from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged

from ...tools.calendar.public_holidays import UnknownRegion, get_public_holidays
from ..common import PsaDataMixin

AUSTRALIA_DAY = date(2026, 1, 26)


@freeze_time("2026-11-22 00:00:00")
@tagged("post_install", "-at_install")
class TestPublicHoliday(PsaDataMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.australia = cls.env.ref("base.au")
        cls.calendar = cls._create_calendar("Australia/Perth", "base.state_au_8")

    @classmethod
    def _create_calendar(cls, tz, state):
        return cls.env["resource.calendar"].create(
            {
                "name": "Service hours",
                "tz": tz,
                "company_id": False,
                "holiday_country_id": cls.australia.id,
                "holiday_state_id": cls.env.ref(state).id,
            }
        )

    def _open_wizard(self, calendar=None):
        wizards = self.env["psa.public.holiday.wizard"].with_user(self.admin)
        return Form(wizards.with_context(default_calendar_id=(calendar or self.calendar).id))

    def _get_day(self, day, calendar=None):
        leaves = (calendar or self.calendar)._get_holiday_leaves()
        return leaves.filtered(lambda leave: leave.holiday_date == day)

    def test_wizard_shows_the_days_and_adds_those_that_are_ticked(self):
        form = self._open_wizard()
        form.last_year = 2026
        wizard = form.save()
        names = set(wizard.line_ids.mapped("name"))
        self.assertIn("Western Australia Day", names)
        self.assertEqual(wizard.line_ids.filtered(lambda line: line.date == AUSTRALIA_DAY).weekday, "Monday")
        wizard.line_ids.filtered(lambda line: line.name == "Western Australia Day").is_selected = False
        wizard.action_add()
        added = set(self.calendar._get_holiday_leaves().mapped("name"))
        self.assertEqual(names - added, {"Western Australia Day"})

    def test_days_are_added_once(self):
        wizard = self._open_wizard().save()
        wizard.action_add()
        count = len(self.calendar._get_holiday_leaves())
        again = self._open_wizard().save()
        self.assertFalse(again.new_count)
        self.assertTrue(all(again.line_ids.mapped("is_known")))
        again.line_ids.is_selected = True
        with self.assertRaisesRegex(UserError, "closing days already"):
            again.action_add()
        self.assertEqual(len(self.calendar._get_holiday_leaves()), count)

    def test_holiday_is_the_local_day(self):
        self._open_wizard().save().action_add()
        leave = self._get_day(AUSTRALIA_DAY)
        self.assertEqual(leave.date_from, datetime(2026, 1, 25, 16))
        self.assertEqual(leave.date_to, datetime(2026, 1, 26, 15, 59, 59))
        working_time = self.calendar._get_working_time()
        self.assertEqual(working_time.between(datetime(2026, 1, 25, 16), datetime(2026, 1, 26, 16)), 0)
        self.assertEqual(working_time.between(datetime(2026, 1, 26, 16), datetime(2026, 1, 27, 16)), 8 * 3600)

    def test_holiday_of_the_evening_begins_at_its_hour(self):
        darwin = self._create_calendar("Australia/Darwin", "base.state_au_3")
        self._open_wizard(darwin).save().action_add()
        leave = self._get_day(date(2026, 12, 24), darwin)
        self.assertEqual(leave.name, "Christmas Eve (from 7pm)")
        self.assertEqual(leave.date_from, datetime(2026, 12, 24, 9, 30))

    def test_calendar_that_moves_keeps_its_days(self):
        self._open_wizard().save().action_add()
        self.calendar.tz = "Australia/Sydney"
        self.assertEqual(self._get_day(AUSTRALIA_DAY).date_from, datetime(2026, 1, 25, 13))

    def test_hours_that_somebody_set_stay_when_the_calendar_moves(self):
        self._open_wizard().save().action_add()
        self._get_day(AUSTRALIA_DAY).date_from = datetime(2026, 1, 26, 4)
        self.calendar.tz = "Australia/Sydney"
        self.assertEqual(self._get_day(AUSTRALIA_DAY).date_from, datetime(2026, 1, 26, 4))

    def test_cron_keeps_a_year_ahead_and_brings_no_deleted_day_back(self):
        calendars = self.env["resource.calendar"]
        calendars._cron_add_public_holidays()
        self.assertEqual(self.calendar.holidays_until, 2027)
        years = {day.year for day in self.calendar._get_holiday_leaves().mapped("holiday_date")}
        self.assertEqual(years, {2026, 2027})
        self._get_day(date(2027, 1, 26)).unlink()
        calendars._cron_add_public_holidays()
        self.assertFalse(self._get_day(date(2027, 1, 26)))
        with freeze_time("2027-01-05"):
            calendars._cron_add_public_holidays()
        self.assertFalse(self._get_day(date(2027, 1, 26)))
        self.assertTrue(self._get_day(date(2028, 12, 25)))

    def test_calendar_of_no_country_gets_no_holidays(self):
        plain = self.env["resource.calendar"].create({"name": "Plain", "tz": "UTC"})
        self.env["resource.calendar"]._cron_add_public_holidays()
        self.assertFalse(plain._get_holiday_leaves())

    def test_country_without_known_holidays_is_refused(self):
        nowhere = self.env["res.country"].create({"name": "Nowhere", "code": "X1"})
        with self.assertRaisesRegex(ValidationError, "No public holidays are known for Nowhere"):
            self.calendar.write({"holiday_country_id": nowhere.id, "holiday_state_id": False})

    def test_support_adds_no_closing_days(self):
        with self.assertRaises(AccessError):
            self.env["psa.public.holiday.wizard"].with_user(self.support).create({"calendar_id": self.calendar.id})

    def test_client_hours_hold_for_its_people(self):
        self.client_company.service_calendar_id = self.calendar
        self.assertEqual(self.contact.service_calendar_id, self.calendar)

    def test_client_hours_have_hours(self):
        self.calendar.attendance_ids.unlink()
        with self.assertRaisesRegex(ValidationError, "no working hours"):
            self.client_company.service_calendar_id = self.calendar

    def test_hours_that_a_client_has_stay_hours(self):
        self.client_company.service_calendar_id = self.calendar
        with self.assertRaisesRegex(ValidationError, "no working hours"):
            self.calendar.write({"attendance_ids": [Command.clear()]})

    def test_states_have_holidays_of_their_own(self):
        names = {
            state: {holiday.name for holiday in get_public_holidays("AU", state, [2026])}
            for state in ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA")
        }
        self.assertIn("Reconciliation Day", names["ACT"])
        self.assertIn("Melbourne Cup Day", names["VIC"])
        self.assertNotIn("Melbourne Cup Day", names["NSW"])
        with self.assertRaises(UnknownRegion):
            get_public_holidays("AU", "XX", [2026])
