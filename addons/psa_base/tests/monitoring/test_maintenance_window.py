from datetime import date, datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import PsaCase

# Summer time ends in Sydney on 5 April 2026.
BEFORE = datetime(2026, 3, 30, 12)


@tagged("post_install", "-at_install")
class TestMaintenanceWindow(PsaCase):
    """Windows as rows, and the weeks of those that repeat."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operations.tz = "Australia/Sydney"

    def window(self, **values):
        return (
            self.env["psa.maintenance.window"]
            .with_user(self.operations)
            .create(
                {
                    "name": "Patches",
                    "partner_id": self.client_company.id,
                    "start_at": BEFORE,
                    "end_at": BEFORE + timedelta(hours=2),
                    **values,
                }
            )
        )

    def test_window_names_what_is_worked_on(self):
        with self.assertRaisesRegex(ValidationError, "Say what is worked on"):
            self.window(partner_id=False)

    def test_window_has_devices_of_its_client_only(self):
        with self.assertRaisesRegex(ValidationError, "take them out"):
            self.window(asset_ids=self.other_asset.ids)

    def test_weekly_window_keeps_the_time_on_the_wall(self):
        with self.clock_at(BEFORE):
            window = self.window(is_weekly=True)
        starts = window.week_ids.sorted("start_at").mapped("start_at")
        self.assertEqual(len(starts), 7)
        # 11 pm in Sydney: an hour later by UTC once summer time is over
        self.assertEqual(starts[0], BEFORE + timedelta(weeks=1, hours=1))
        self.assertEqual({week.end_at - week.start_at for week in window.week_ids}, {timedelta(hours=2)})

    def test_weeks_end_with_the_last_day(self):
        with self.clock_at(BEFORE):
            window = self.window(is_weekly=True, repeat_until=date(2026, 4, 13))
        self.assertEqual(len(window.week_ids), 2)

    def test_weeks_are_laid_out_further_as_time_goes_by(self):
        with self.clock_at(BEFORE) as clock:
            window = self.window(is_weekly=True)
            clock.move_to(BEFORE + timedelta(weeks=3))
            integration_user = self.env.ref("psa_base.user_integration")
            for _time in range(2):
                self.env["psa.maintenance.window"].with_user(integration_user)._cron_lay_out_weeks()
        starts = window.week_ids.mapped("start_at")
        self.assertEqual(len(starts), 10)
        self.assertEqual(len(set(starts)), 10)

    def test_change_of_the_first_changes_the_weeks_to_come(self):
        with self.clock_at(BEFORE) as clock:
            window = self.window(is_weekly=True)
            clock.move_to(BEFORE + timedelta(days=8))
            past = window.week_ids.filtered(lambda week: week.start_at < datetime(2026, 4, 7, 13))
            window.write({"name": "Firmware"})
        self.assertEqual(past.exists().name, "Patches")
        self.assertEqual(set((window.week_ids - past).mapped("name")), {"Firmware"})

    def test_window_that_repeats_no_more_loses_its_weeks_to_come(self):
        with self.clock_at(BEFORE):
            window = self.window(is_weekly=True)
            window.is_weekly = False
        self.assertFalse(window.week_ids)

    def test_window_that_is_ended_early_is_over(self):
        with self.clock_at(BEFORE + timedelta(hours=1)):
            window = self.window()
            self.assertTrue(window.is_on)
            self.assertIn(window, window.search([("is_on", "=", True)]))
            window.action_end_now()
            window.invalidate_recordset()
            self.assertFalse(window.is_on)
            self.assertNotIn(window, window.search([("is_on", "=", True)]))
            self.assertIn(window, window.search([("is_on", "=", False)]))

    def _measure(self, windows):
        return {window.end_at - window.start_at for window in windows}

    def test_first_of_the_weeks_that_is_ended_early_leaves_the_others_as_they_are(self):
        with self.clock_at(BEFORE) as clock:
            window = self.window(is_weekly=True)
            weeks = window.week_ids.sorted("start_at")
            weeks[0].write({"name": "Firmware"})
            clock.move_to(BEFORE + timedelta(minutes=15))
            window.action_end_now()
            self.assertFalse(window.is_on)
            self.assertEqual(self._measure(window), {timedelta(minutes=15)})
            self.assertEqual(weeks.exists(), weeks)
            self.assertEqual(weeks[0].name, "Firmware")
            clock.move_to(BEFORE + timedelta(weeks=3))
            self.env["psa.maintenance.window"]._cron_lay_out_weeks()
            self.assertEqual(len(window.week_ids), 10)
            window.write({"name": "New firewall"})
        self.assertEqual(len(window.week_ids), 10)
        self.assertEqual(self._measure(window.week_ids), {timedelta(hours=2)})

    def test_later_week_that_is_ended_early_leaves_the_others_as_they_are(self):
        with self.clock_at(BEFORE) as clock:
            window = self.window(is_weekly=True)
            weeks = window.week_ids.sorted("start_at")
            clock.move_to(weeks[0].start_at + timedelta(minutes=15))
            weeks[0].action_end_now()
            self.env["psa.maintenance.window"]._cron_lay_out_weeks()
            window.write({"name": "New firewall"})
        self.assertEqual(self._measure(weeks[0]), {timedelta(minutes=15)})
        self.assertEqual(self._measure(window | window.week_ids - weeks[0]), {timedelta(hours=2)})

    def test_end_that_is_entered_after_an_early_one_is_that_of_the_weeks_to_come(self):
        with self.clock_at(BEFORE + timedelta(minutes=15)):
            window = self.window(is_weekly=True)
            window.action_end_now()
            window.write({"end_at": BEFORE + timedelta(hours=1)})
        self.assertEqual(self._measure(window | window.week_ids), {timedelta(hours=1)})
