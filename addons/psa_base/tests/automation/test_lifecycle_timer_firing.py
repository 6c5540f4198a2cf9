from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TimerCase

FIRING = "odoo.addons.psa_base.models.automation.psa_lifecycle_timer_due"


@tagged("post_install", "-at_install")
class TestLifecycleTimerFiring(TimerCase):
    """What happens when a timer is due: each once, warned before acted, and not in a bunch."""

    def get_activities(self, ticket):
        return ticket.sudo().activity_ids

    def test_reminder_goes_to_the_contact_by_the_queue_and_once(self):
        self.add_timer(16)
        ticket = self.wait()
        self.run_cron("2026-01-06 15:59:00")
        self.assertFalse(self.get_reminders(ticket))
        for moment in ("2026-01-06 16:03:00", "2026-01-06 16:08:00"):
            self.run_cron(moment)
        reminder = self.get_reminders(ticket)
        self.assertEqual(len(reminder), 1)
        self.assertEqual(reminder.partner_ids, self.contact)
        self.assertEqual(reminder.notified_partner_ids & self.contact, self.contact)
        self.assertIn("outgoing", reminder.mail_ids.mapped("state"))
        due = self.get_dues(ticket, "fired")
        self.assertEqual(str(due.ended_at), "2026-01-06 16:03:00")

    def test_contact_known_by_address_only_is_reminded(self):
        self.add_timer(8)
        ticket = self.wait(partner_id=False, partner_email="someone@harbourdental.example")
        self.run_cron("2026-01-05 16:00:00")
        mail = self.env["mail.mail"].search([("subject", "like", "We wait"), ("res_id", "=", ticket.id)])
        self.assertEqual((mail.email_to, mail.state), ("someone@harbourdental.example", "outgoing"))

    def test_nobody_to_remind_is_told_to_the_engineer(self):
        self.add_timer(8)
        ticket = self.wait(partner_id=False, partner_email=False)
        self.run_cron("2026-01-05 16:00:00")
        self.assertEqual(self.get_dues(ticket, "refused").mapped("timer_id.action"), ["remind"])
        self.assertEqual(self.get_activities(ticket).user_id, self.support)
        self.assertIn("no contact", self.get_activities(ticket).note)

    def test_after_an_outage_the_latest_reminder_goes_and_the_others_are_skipped(self):
        self.add_timer(8)
        self.add_timer(16, repeat_hours=8, repeat_count=3)
        ticket = self.wait()
        self.run_cron("2026-01-08 09:00:00")
        self.assertEqual(len(self.get_reminders(ticket)), 1)
        self.assertEqual(len(self.get_dues(ticket, "skipped")), 2)
        fired = self.get_dues(ticket, "fired")
        self.assertEqual(str(fired.due_at), "2026-01-07 16:00:00")
        self.assertEqual(len(self.get_dues(ticket)), 2)

    def test_activity_is_for_who_it_says(self):
        self.add_timer(8, action="activity", text="Chase the vendor")
        self.add_timer(9, action="activity", text="Dispatch again", audience="operations")
        ticket = self.wait()
        self.run_cron("2026-01-06 10:00:00")
        found = {activity.summary: activity.user_id for activity in self.get_activities(ticket)}
        self.assertEqual(found["Chase the vendor"], self.support)
        self.assertTrue(found["Dispatch again"].has_group("psa_base.group_operations"))

    def test_activity_names_the_vendor(self):
        self.add_timer(8, action="activity", text="Chase the vendor")
        vendor = self.env["res.partner"].create({"name": "Cloud Carrier", "is_company": True, "phone": "1300 000 111"})
        ticket = self.wait(vendor_id=vendor.id, vendor_reference="CC-77")
        self.run_cron("2026-01-05 16:00:00")
        self.assertIn("Cloud Carrier, 1300 000 111, CC-77", self.get_activities(ticket).note)

    def test_note_stays_inside(self):
        self.add_timer(8, action="note")
        ticket = self.wait()
        self.run_cron("2026-01-05 16:00:00")
        self.assertIn("Still here", ticket.message_ids[0].body)
        self.assertTrue(ticket.message_ids[0].subtype_id.internal)

    def test_move_is_made_by_the_system_and_told_to_the_client(self):
        self.add_timer(8, action="move", template_id=self.template.id)
        ticket = self.wait()
        self.run_cron("2026-01-05 16:00:00")
        self.assertEqual(ticket.stage_id, self.in_progress)
        self.assertEqual(self.get_dues(ticket, "fired").mapped("timer_id.action"), ["move"])
        self.assertEqual(self.get_reminders(ticket).partner_ids, self.contact)

    def test_gate_stops_the_move_and_the_engineer_is_told_once(self):
        self.add_gate(self.triage, self.in_progress, message="Write what was done first.")
        self.add_timer(8, action="move")
        ticket = self.wait()
        for moment in ("2026-01-05 16:00:00", "2026-01-06 09:00:00"):
            self.run_cron(moment)
        self.assertEqual(ticket.stage_id, self.triage)
        activity = self.get_activities(ticket)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.support)
        self.assertIn("Write what was done first.", activity.note)
        self.assertEqual(self.get_dues(ticket, "refused").result.count("Write what was done first."), 1)

    def test_move_comes_after_the_reminders(self):
        self.add_timer(8)
        self.add_timer(24, action="move")
        ticket = self.wait()
        self.run_cron("2026-01-05 16:00:00")
        self.run_cron("2026-01-07 15:59:00")
        self.assertEqual(ticket.stage_id, self.triage)
        self.run_cron("2026-01-07 16:00:00")
        self.assertEqual(ticket.stage_id, self.in_progress)

    def test_overdue_move_waits_for_a_working_day_after_the_reminder(self):
        self.add_timer(8)
        self.add_timer(16)
        self.add_timer(24, action="move")
        ticket = self.wait()
        self.run_cron("2026-01-09 10:00:00")
        self.assertEqual(len(self.get_reminders(ticket)), 1)
        self.assertEqual(ticket.stage_id, self.triage)
        move = self.get_dues(ticket)
        self.assertEqual(self.get_moments(move), ["2026-01-12 10:00:00"])
        self.run_cron("2026-01-12 09:59:00")
        self.assertEqual(ticket.stage_id, self.triage)
        self.run_cron("2026-01-12 10:00:00")
        self.assertEqual(ticket.stage_id, self.in_progress)
        self.assertEqual(len(self.get_reminders(ticket)), 1)

    def test_move_without_a_warning_that_was_planned_is_left_to_people(self):
        self.add_timer(8)
        self.add_timer(24, action="move")
        ticket = self.wait()
        self.get_dues(ticket)[0].with_user(self.support).action_cancel()
        self.run_cron("2026-01-09 10:00:00")
        self.assertEqual(ticket.stage_id, self.triage)
        self.assertIn("Nobody was reminded", self.get_activities(ticket).note)

    def test_archived_ticket_waits(self):
        self.add_timer(8)
        ticket = self.wait()
        ticket.sudo().active = False
        self.run_cron("2026-01-05 16:00:00")
        self.assertFalse(self.get_reminders(ticket))
        self.assertEqual(len(self.get_dues(ticket)), 1)

    def test_ticket_that_left_the_lifecycle_is_let_alone(self):
        self.add_timer(8)
        ticket = self.wait()
        self.env.flush_all()
        self.env.cr.execute("UPDATE helpdesk_ticket SET team_id = %s WHERE id = %s", [self.free_team.id, ticket.id])
        self.env.invalidate_all()
        self.run_cron("2026-01-05 16:00:00")
        self.assertFalse(self.get_reminders(ticket))
        self.assertEqual(self.get_dues(ticket, "void").mapped("occurrence"), [1])

    def test_one_that_fails_does_not_stop_the_others(self):
        self.add_timer(8)
        broken, fine = self.wait(), self.wait()
        self.template.subject = f"{{{{ 1 / (object.id - {broken.id}) }}}} We wait for you"
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            self.run_cron("2026-01-05 16:00:00")
        self.assertEqual(self.get_dues(broken, "refused").mapped("occurrence"), [1])
        self.assertEqual(self.get_dues(fine, "fired").mapped("occurrence"), [1])

    def test_error_of_a_program_is_kept_and_told_and_the_others_go_on(self):
        self.add_timer(8, action="note")
        broken, fine = self.wait(), self.wait()
        post = type(broken).message_post

        def stumble(ticket, **values):
            if ticket == broken:
                raise ZeroDivisionError("boom")
            return post(ticket, **values)

        with patch.object(type(broken), "message_post", stumble), mute_logger(FIRING):
            self.run_cron("2026-01-05 16:00:00")
        self.assertEqual(self.get_dues(broken, "refused").result, "boom")
        self.assertEqual(self.get_dues(fine, "fired").mapped("occurrence"), [1])
