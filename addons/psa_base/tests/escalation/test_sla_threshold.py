from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import PsaCase
from .common import SlaMixin

CREATED = "2026-07-05 23:00:00"  # Monday, 9:00 in Sydney


@tagged("post_install", "-at_install")
class TestSlaThreshold(SlaMixin, PsaCase):
    """When thresholds come due, and what a change of them does to open tickets: said in the form, done at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        hours = [(0, 0, {"name": str(day), "dayofweek": str(day), "hour_from": 9, "hour_to": 17}) for day in range(5)]
        calendar = cls.env["resource.calendar"].create(
            {"name": "Office hours", "tz": "Australia/Sydney", "attendance_ids": hours}
        )
        cls.team.write({"use_sla": True, "resource_calendar_id": calendar.id})
        cls.warning = cls.create_threshold("Three quarters", percent=75, tell_assignee=True, by_activity=True)
        cls.late = cls.create_threshold("An hour late", trigger="after", minutes=60, escalation_level=2)
        # A new calendar replays open tickets when the transaction is flushed: now, and not in the middle of a test.
        cls.env.cr.flush()

    def create_at(self, moment=CREATED, **values):
        with self.clock_at(moment):
            ticket = self.create_ticket(user_id=self.support.id, **values).sudo()
            self.env.flush_all()
        return ticket

    def plan_of(self, ticket, layer="client"):
        names = {self.warning.id: "warning", self.late.id: "late", None: "breach"}
        row = ticket.ticket_sla_ids.filtered(lambda row: row.layer == layer)
        return [(names.get(entry["threshold"], "other"), entry["at"]) for entry in row.alert_plan or []]

    def test_points_of_each_kind(self):
        before = self.create_threshold("Soon", trigger="before", minutes=30)
        self.create_threshold("Too early for this one", trigger="before", minutes=481)
        self.create_threshold("Of the other layer", layer="internal")
        self.create_threshold("Of a response", target="response")
        points = self.env["psa.sla.threshold"]._get_points(self.slas["client"], 8 * 3600)
        self.assertEqual(points, ((6 * 3600, self.warning.id), (450 * 60, before.id), (9 * 3600, self.late.id)))

    def test_threshold_of_some_rules_is_for_no_others(self):
        self.warning.sla_ids = self.slas["internal"]
        points = self.env["psa.sla.threshold"]._get_points(self.slas["client"], 8 * 3600)
        self.assertEqual([id_ for _point, id_ in points], [self.late.id])

    def test_new_ticket_has_its_moments_planned(self):
        self.assertEqual(
            self.plan_of(self.create_at()),
            [
                ("warning", "2026-07-06 05:00:00"),
                ("breach", "2026-07-06 07:00:00"),
                ("late", "2026-07-07 00:00:00"),
            ],
        )

    def test_change_holds_for_open_tickets_at_once(self):
        ticket = self.create_at()
        with self.clock_at("2026-07-05 23:10:00"):
            self.warning.with_user(self.admin).percent = 50
        self.assertEqual(self.plan_of(ticket)[0], ("warning", "2026-07-06 03:00:00"))

    def test_new_threshold_comes_due_on_open_tickets_at_its_true_moment(self):
        ticket = self.create_at()
        with self.clock_at("2026-07-06 02:00:00"):
            self.create_threshold("A quarter", percent=25, tell_assignee=True, by_activity=True)
        self.sweep("2026-07-06 02:01:00")
        self.assertEqual(self.alerts_of(ticket), [("A quarter", "2026-07-06 01:00:00")])

    def test_threshold_that_was_told_is_not_told_again_when_it_changes(self):
        ticket = self.create_at()
        self.sweep("2026-07-06 05:30:00")
        with self.clock_at("2026-07-06 05:40:00"):
            self.warning.percent = 50
        self.sweep("2026-07-06 05:41:00")
        self.assertEqual(self.alerts_of(ticket), [("Three quarters", "2026-07-06 05:00:00")])

    def test_archived_threshold_leaves_the_plans(self):
        ticket = self.create_at()
        with self.clock_at("2026-07-05 23:10:00"):
            self.warning.active = False
        self.assertEqual([name for name, _at in self.plan_of(ticket)], ["breach", "late"])

    def test_form_says_what_a_change_does_before_it_is_saved(self):
        for _each in range(3):
            self.create_at()
        with self.clock_at("2026-07-06 02:00:00"), Form(self.warning.with_user(self.admin)) as form:
            self.assertFalse(form.impact)
            form.percent = 25
            self.assertRegex(form.impact, "3 open targets.* 3 of them alert .* 0 are missed")
            form.percent = 60
            self.assertRegex(form.impact, "3 open targets.* 0 of them alert .* 0 are missed")

    def test_form_of_a_rule_says_how_many_are_missed_at_once(self):
        for _each in range(2):
            self.create_at()
        rule = self.slas["client"].with_user(self.admin)
        with self.clock_at("2026-07-06 02:00:00"), Form(rule) as form:
            form.hours = 2
            self.assertRegex(form.impact, "2 open targets.* 2 of them alert .* 2 are missed")
        self.assertEqual(rule.hours, 2)

    def test_shorter_rule_breaches_open_tickets_at_the_true_moment(self):
        ticket = self.create_at()
        with self.clock_at("2026-07-06 02:00:00"):
            self.slas["client"].with_user(self.admin).hours = 2
        self.sweep("2026-07-06 02:01:00")
        self.assertEqual(str(ticket.sla_breach_ids.breached_at), "2026-07-06 01:00:00")

    def test_page_of_settings_changes_thresholds_and_manager(self):
        ticket = self.create_at()
        page = self.env["psa.sla.tuning"].with_user(self.admin)
        values = page.default_get(["threshold_ids"])
        self.assertIn(self.warning.id, values["threshold_ids"][0][2])
        values["threshold_ids"].append(Command.update(self.warning.id, {"percent": 50}))
        with self.clock_at("2026-07-05 23:10:00"):
            page.create({**values, "sla_manager_id": self.operations.id}).action_save()
        self.assertEqual(self.warning.percent, 50)
        self.assertEqual(self.env.company.sla_manager_id, self.operations)
        self.assertEqual(self.plan_of(ticket)[0], ("warning", "2026-07-06 03:00:00"))

    def test_page_of_settings_is_for_administrators(self):
        for user in (self.operations, self.support, self.accounts):
            with self.assertRaises(AccessError):
                self.env["psa.sla.tuning"].with_user(user).create({})

    def test_threshold_that_came_due_is_archived_and_not_deleted(self):
        self.create_at()
        self.sweep("2026-07-06 05:30:00")
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.warning.with_user(self.admin).unlink()
        self.late.with_user(self.admin).unlink()

    def test_change_is_kept_with_its_author(self):
        self.env.cr.precommit.run()
        self.warning.with_user(self.admin).percent = 50
        self.env.flush_all()
        self.env.cr.precommit.run()
        tracked = self.warning.message_ids.tracking_value_ids.filtered(lambda value: value.field_id.name == "percent")
        self.assertEqual((tracked.old_value_integer, tracked.new_value_integer), (75, 50))
        self.assertEqual(tracked.mail_message_id.author_id, self.admin.partner_id)

    def test_stopped_scheduler_over_paused_met_and_closed_tickets(self):
        """The scheduler stood still from nine to seven the next morning: each moment is noticed once, with its time."""
        self.slas["client"].ignore_stage_ids = self.triage
        on_time, paused, met, late = (self.create_at() for _each in range(4))
        self.move_at("2026-07-06 06:00:00", paused, self.triage)
        for stage in (self.triage, self.in_progress, self.closed):
            self.move_at("2026-07-06 03:00:00", met, stage)
            self.move_at("2026-07-06 08:00:00", late, stage)
        self.sweep("2026-07-06 21:00:00")
        warned, breached = ("Three quarters", "2026-07-06 05:00:00"), "2026-07-06 07:00:00"
        alerts = [self.alerts_of(ticket) for ticket in (on_time, paused, met, late)]
        self.assertEqual(alerts, [[warned], [warned], [], [warned]])
        breaches = [
            ticket.sla_breach_ids.filtered(lambda breach: breach.layer == "client")
            for ticket in (on_time, paused, met, late)
        ]
        self.assertEqual([str(breach.breached_at or "") for breach in breaches], [breached, "", "", breached])
        self.assertEqual(self.sweep("2026-07-06 21:01:00"), 0)
        self.sweep("2026-07-07 21:00:00")
        self.assertEqual(self.alerts_of(on_time), [warned, ("An hour late", "2026-07-07 00:00:00")])
        self.assertEqual([self.alerts_of(ticket) for ticket in (paused, met, late)], alerts[1:])

    def move_at(self, moment, ticket, stage):
        role = self.operations if stage == self.triage else self.support
        with self.clock_at(moment):
            ticket.with_user(role).sudo(False).stage_id = stage
            self.env.flush_all()
