from odoo.tests import tagged

from ..common import TechsourceCase


@tagged("post_install", "-at_install")
class TestTimers(TechsourceCase):
    """What timers do on the nine stages, with the configuration that is installed."""

    # A Monday, 9:00 in Sydney. Business hours are 8 to 12 and 13 to 17: a day has eight.
    ARRIVAL = "2026-02-01 22:00:00"

    def wait(self, code, **values):
        with self.clock_at(self.ARRIVAL):
            ticket = self.create_ticket("in_progress", **values)
            self.move(ticket, code)
        return ticket

    def run_cron(self, moment):
        with self.clock_at(moment):
            self.env["psa.lifecycle.timer.due"].with_user(1)._cron_fire()

    def get_mails(self, ticket, words):
        return ticket.sudo().message_ids.filtered(lambda message: words in (message.subject or ""))

    def test_silent_client_is_reminded_twice_then_the_ticket_is_resolved(self):
        ticket = self.wait("pending_client")
        dues = ticket.timer_due_ids.sorted("due_at")
        planned = [f"{due.due_at:%a %H:%M} {due.timer_id.action}" for due in dues]
        self.assertEqual(planned, ["Tue 22:00 remind", "Thu 22:00 remind", "Sun 22:00 move"])
        self.run_cron("2026-02-03 22:00:00")
        self.run_cron("2026-02-05 22:00:00")
        self.assertEqual(len(self.get_mails(ticket, "We need your answer")), 2)
        self.run_cron("2026-02-08 21:55:00")
        self.assertEqual(ticket.stage_id.code, "pending_client")
        self.run_cron("2026-02-08 22:00:00")
        self.assertEqual(ticket.stage_id.code, "resolved")
        self.assertEqual(self.get_mails(ticket, "as resolved").partner_ids, self.contact)

    def test_answer_brings_the_ticket_back_before_and_after(self):
        for code in ("pending_client", "resolved"):
            with self.subTest(code):
                ticket = self.create_ticket("in_progress")
                self.move(ticket, code)
                ticket.with_user(self.client_user).message_post(
                    body="Here it is.", message_type="comment", subtype_xmlid="mail.mt_comment"
                )
                self.assertEqual(ticket.stage_id.code, "in_progress")
                self.assertFalse(ticket.timer_due_ids)

    def test_report_that_waits_is_brought_up_again(self):
        with self.clock_at(self.ARRIVAL):
            ticket = self.create_ticket("svr_pending")
        self.run_cron("2026-02-03 22:00:00")
        self.run_cron("2026-02-08 22:00:00")
        reminders = self.get_mails(ticket, "Still to approve")
        self.assertEqual(len(reminders), 2)
        self.assertIn(f"/my/svrs/{ticket.svr_ids.id}", reminders[0].body)
        self.run_cron("2026-02-15 22:00:00")
        activity = ticket.sudo().activity_ids.filtered(lambda found: "service report" in (found.summary or ""))
        self.assertTrue(activity.user_id.has_group("psa_base.group_operations"))

    def test_vendor_is_chased_every_two_days(self):
        vendor = self.env["res.partner"].create({"name": "Cloud Carrier", "is_company": True})
        ticket = self.wait("pending_third_party", vendor_id=vendor.id)
        self.run_cron("2026-02-03 22:00:00")
        self.run_cron("2026-02-05 22:00:00")
        chases = ticket.sudo().activity_ids.filtered(lambda found: found.summary == "Chase the vendor")
        self.assertEqual(len(chases), 2)
        self.assertEqual(chases.user_id, self.support)
        self.assertIn("Cloud Carrier", chases[0].note)
