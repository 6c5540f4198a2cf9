from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..automation.common import TimerCase


@tagged("post_install", "-at_install")
class TestTicketRecurrence(TimerCase):
    """Tickets that open by themselves: when, for what, once, and what happens after a pause or an outage."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work = cls.env["psa.ticket.template"].create(
            {
                "name": "Patch round",
                "title": "Monthly patches",
                "description": "<p>We patch your devices.</p>",
                "team_id": cls.team.id,
                "line_ids": [Command.create({"name": "Announce it"})],
            }
        )
        cls.second_asset = cls.env["psa.asset"].create({"name": "HD-SERVER", "partner_id": cls.client_company.id})

    def create_recurrence(self, moment="2026-01-01 00:00:00", **values):
        with self.clock_at(moment):
            recurrence = (
                self.env["psa.ticket.recurrence"]
                .with_user(self.operations)
                .create(
                    {
                        "name": "Patches for Harbour Dental",
                        "template_id": self.work.id,
                        "partner_id": self.contact.id,
                        "start_on": moment[:10],
                        "tz": "Australia/Sydney",
                        "hour": 9.0,
                        "non_working": "keep",
                        **values,
                    }
                )
            )
            self.env.flush_all()
            return recurrence

    def run_recurring(self, moment):
        with self.clock_at(moment):
            self.env["psa.ticket.recurrence"].with_user(self.env.ref("psa_base.user_integration"))._cron_generate()
            self.env.flush_all()

    def plan(self, count=5, **values):
        """The next dates as the local calendar shows them."""
        recurrence = self.create_recurrence(**values)
        moments = recurrence._get_planned(recurrence.last_at, limit=count)
        return [f"{recurrence._get_schedule().to_local(moment):%a %d %b %H:%M}" for moment in moments]

    def test_every_day_week_month_and_year(self):
        cases = [
            ({"unit": "day", "interval": 10}, ["Thu 01 Jan 09:00", "Sun 11 Jan 09:00"]),
            ({"unit": "week", "mon": True, "thu": True}, ["Thu 01 Jan 09:00", "Mon 05 Jan 09:00"]),
            ({"unit": "week", "interval": 2, "fri": True}, ["Fri 02 Jan 09:00", "Fri 16 Jan 09:00"]),
            ({"unit": "month", "month_day": 15}, ["Thu 15 Jan 09:00", "Sun 15 Feb 09:00"]),
            ({"unit": "month", "month_by": "last"}, ["Sat 31 Jan 09:00", "Sat 28 Feb 09:00"]),
            ({"unit": "month", "month_day": 30}, ["Fri 30 Jan 09:00", "Sat 28 Feb 09:00"]),
            (
                {"unit": "month", "month_by": "weekday", "week": "2", "weekday": "1"},
                ["Tue 13 Jan 09:00", "Tue 10 Feb 09:00"],
            ),
            (
                {"unit": "month", "month_by": "weekday", "week": "-1", "weekday": "4"},
                ["Fri 30 Jan 09:00", "Fri 27 Feb 09:00"],
            ),
            ({"unit": "year", "month_day": 1}, ["Thu 01 Jan 09:00", "Fri 01 Jan 09:00"]),
        ]
        for values, expected in cases:
            with self.subTest(values):
                dates = self.plan(count=2, moment="2025-12-31 13:30:00", start_on="2026-01-01", **values)
                self.assertEqual(dates, expected)

    def test_time_on_the_clock_stays_when_summer_time_ends(self):
        recurrence = self.create_recurrence("2026-04-03 23:30:00", unit="day", start_on="2026-04-04")
        planned = recurrence._get_planned(recurrence.last_at, limit=2)
        self.assertEqual([str(moment) for moment in planned], ["2026-04-04 23:00:00", "2026-04-05 23:00:00"])
        self.assertEqual(
            str(recurrence._get_planned(fields.Datetime.to_datetime("2026-04-03 00:00:00"), 1)[0]),
            "2026-04-03 22:00:00",
        )

    def test_non_working_day_is_kept_left_out_or_moved(self):
        weekly = {"unit": "week", "sat": True, "mon": True, "tz": "UTC", "moment": "2026-01-02 00:00:00", "count": 3}
        for choice, expected in (
            ("keep", ["Sat 03 Jan 09:00", "Mon 05 Jan 09:00", "Sat 10 Jan 09:00"]),
            ("skip", ["Mon 05 Jan 09:00", "Mon 12 Jan 09:00", "Mon 19 Jan 09:00"]),
            ("move", ["Mon 05 Jan 09:00", "Mon 12 Jan 09:00", "Mon 19 Jan 09:00"]),
        ):
            with self.subTest(choice):
                self.assertEqual(self.plan(**weekly, non_working=choice), expected)
        monthly = {"unit": "month", "month_day": 28, "tz": "UTC", "moment": "2026-02-01 00:00:00", "count": 1}
        self.assertEqual(self.plan(**monthly, non_working="move"), ["Mon 02 Mar 09:00"])

    def test_it_ends_on_its_day_or_after_so_many_times(self):
        self.assertEqual(len(self.plan(count=9, unit="day", tz="UTC", end_by="date", end_on="2026-01-04")), 4)
        self.assertEqual(len(self.plan(count=9, unit="day", tz="UTC", end_by="count", end_count=3)), 3)

    def test_form_shows_the_next_five(self):
        with (
            self.clock_at("2026-01-01 00:00:00"),
            Form(self.env["psa.ticket.recurrence"].with_user(self.operations)) as form,
        ):
            form.name = "Patches"
            form.template_id = self.work
            form.partner_id = self.contact
            form.tz = "UTC"
            form.month_day = 2
            self.assertEqual(len(form.next_dates.splitlines()), 5)
            self.assertTrue(form.next_dates.startswith("Fri 2 Jan 2026, 08:00"), form.next_dates)

    def test_a_ticket_for_each_asset_by_the_low_right_user(self):
        recurrence = self.create_recurrence(unit="day", asset_ids=[Command.set((self.asset | self.second_asset).ids)])
        self.run_recurring("2026-01-01 22:05:00")
        tickets = recurrence.ticket_ids
        self.assertEqual(set(tickets.mapped("asset_id.name")), {"HD-RECEPTION", "HD-SERVER"})
        self.assertEqual(tickets.create_uid, self.env.ref("psa_base.user_integration"))
        self.assertEqual((tickets.stage_id, tickets.partner_id), (self.request, self.contact))
        self.assertEqual(tickets[0].sudo().checklist_item_ids.mapped("name"), ["Announce it"])
        self.assertEqual(str(recurrence.next_at), "2026-01-02 22:00:00")

    def test_one_ticket_with_the_assets_on_its_checklist(self):
        recurrence = self.create_recurrence(
            unit="day", asset_mode="one", asset_ids=[Command.set((self.asset | self.second_asset).ids)]
        )
        self.run_recurring("2026-01-01 22:05:00")
        ticket = recurrence.ticket_ids
        self.assertEqual(len(ticket), 1)
        self.assertEqual(
            set(ticket.sudo().checklist_item_ids.mapped("name")), {"Announce it", "HD-RECEPTION", "HD-SERVER"}
        )

    def test_decommissioned_asset_is_left_out(self):
        recurrence = self.create_recurrence(unit="day", asset_ids=[Command.set((self.asset | self.second_asset).ids)])
        self.second_asset.action_decommission()
        self.run_recurring("2026-01-01 22:05:00")
        self.assertEqual(recurrence.ticket_ids.asset_id, self.asset)

    def test_occurrence_is_made_once(self):
        recurrence = self.create_recurrence(unit="day")
        self.run_recurring("2026-01-01 22:05:00")
        self.run_recurring("2026-01-01 22:15:00")
        self.assertEqual(recurrence.ticket_count, 1)
        # Somebody sets the clock back: the list of occurrences still knows what was opened.
        recurrence.sudo().last_at = "2026-01-01 21:00:00"
        self.run_recurring("2026-01-01 22:25:00")
        self.env.invalidate_all()
        self.assertEqual(recurrence.ticket_count, 1)

    def test_after_an_outage_the_latest_or_all(self):
        for choice, count in (("latest", 1), ("all", 4)):
            with self.subTest(choice):
                recurrence = self.create_recurrence(unit="day", missed=choice)
                self.run_recurring("2026-01-04 23:00:00")
                self.assertEqual(recurrence.ticket_count, count)
                self.assertEqual(str(recurrence.next_at), "2026-01-05 22:00:00")
                recurrence.action_pause()

    def test_pause_makes_nothing_and_resuming_makes_up_for_nothing(self):
        recurrence = self.create_recurrence(unit="day", missed="all")
        recurrence.action_pause()
        self.run_recurring("2026-01-04 23:00:00")
        with self.clock_at("2026-01-04 23:30:00"):
            recurrence.action_resume()
        self.run_recurring("2026-01-04 23:40:00")
        self.assertEqual(recurrence.ticket_count, 0)
        self.run_recurring("2026-01-05 22:00:00")
        self.env.invalidate_all()
        self.assertEqual(recurrence.ticket_count, 1)
        with self.assertRaisesRegex(UserError, "by now"):
            recurrence.action_resume()

    def test_changed_schedule_holds_from_now_on(self):
        recurrence = self.create_recurrence(unit="month", month_day=20, missed="all")
        with self.clock_at("2026-01-10 00:00:00"):
            recurrence.unit = "day"
            self.env.flush_all()
        self.run_recurring("2026-01-10 22:30:00")
        self.assertEqual(recurrence.ticket_count, 1)

    def test_last_occurrence_ends_it(self):
        recurrence = self.create_recurrence(unit="day", tz="UTC", end_by="count", end_count=1)
        self.run_recurring("2026-01-01 09:00:00")
        self.assertEqual((recurrence.state, recurrence.ticket_count), ("done", 1))

    def test_run_now_opens_beside_the_schedule(self):
        recurrence = self.create_recurrence(unit="day")
        with self.clock_at("2026-01-01 03:00:00"):
            action = recurrence.action_run_now()
            self.assertEqual(self.env["helpdesk.ticket"].browse(action["res_id"]).create_uid, self.operations)
            with self.assertRaisesRegex(UserError, "a moment ago"):
                recurrence.action_run_now()
        self.assertEqual(str(recurrence.next_at), "2026-01-01 22:00:00")

    def test_what_fails_is_paused_and_told(self):
        recurrence = self.create_recurrence(unit="day", asset_ids=[Command.set(self.asset.ids)])
        other = self.create_recurrence(unit="day")
        self.asset.action_decommission()
        with mute_logger("odoo.addons.psa_base.models.ticket.psa_ticket_recurrence"):
            self.run_recurring("2026-01-01 23:00:00")
        self.assertEqual((recurrence.state, recurrence.ticket_count), ("paused", 0))
        self.assertIn("None of its assets", recurrence.error)
        self.assertEqual(recurrence.activity_ids.user_id, self.operations)
        self.assertEqual(other.ticket_count, 1)

    def test_assets_are_of_the_client(self):
        with self.assertRaisesRegex(ValidationError, "BG-LAPTOP-1: not of Harbour Dental"):
            self.create_recurrence(asset_ids=[Command.set(self.other_asset.ids)])

    def test_schedule_that_cannot_be_is_refused(self):
        for values in ({"month_day": 32}, {"end_by": "date"}, {"end_by": "count", "end_count": 0}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.create_recurrence(**values)

    def test_support_reads_and_plans_nothing(self):
        recurrence = self.create_recurrence().with_user(self.support)
        self.assertTrue(recurrence.name)
        for call in (recurrence.action_pause, recurrence.action_run_now):
            with self.assertRaises(AccessError):
                call()
