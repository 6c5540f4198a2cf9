import psycopg2
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import TechsourceCase


@tagged("post_install", "-at_install")
class TestSvr(TechsourceCase):
    def test_resolved_ticket_gets_draft_of_what_was_done(self):
        ticket = self.create_ticket("in_progress")
        self.create_time(ticket, hours=1.5, name="Cleaned the drum")
        self.walk(ticket, "resolved")
        svr = ticket.svr_ids
        self.assertRecordValues(
            svr,
            [
                {
                    "state": "draft",
                    "version": 1,
                    "partner_id": self.client_company.id,
                    "contact_id": self.contact.id,
                    "asset_name": "HD-RECEPTION",
                    "total_hours": 1.5,
                }
            ],
        )
        self.assertIn("Cleaned the drum", svr.summary)

    def test_resolution_is_the_summary(self):
        ticket = self.create_ticket("in_progress")
        self.create_time(ticket)
        ticket.resolution = "<p>New drum fitted and tested.</p>"
        self.walk(ticket, "resolved")
        self.assertEqual(ticket.svr_ids.summary, "<p>New drum fitted and tested.</p>")

    def test_sending_takes_the_latest_and_freezes_it(self):
        ticket = self.create_ticket("in_progress")
        self.walk(ticket, "resolved")
        time = self.create_time(ticket, hours=2)
        with freeze_time("2026-11-23 02:00:00"):
            self.move(ticket, "svr_pending")
        svr = ticket.svr_ids
        self.assertEqual((svr.state, svr.total_hours, len(svr.content_hash)), ("sent", 2, 64))
        self.assertEqual(svr.sent_by_id, self.support)
        self.assertEqual(str(svr.sent_at), "2026-11-23 02:00:00")
        with self.assertRaisesRegex(UserError, svr.name):
            time.unit_amount = 3
        with self.assertRaisesRegex(UserError, svr.name):
            time.unlink()
        self.assertEqual(svr.total_hours, 2)

    def test_sending_mails_the_contact(self):
        svr = self.create_sent_svr()
        message = svr.message_ids.filtered(lambda message: self.contact in message.partner_ids)
        self.assertIn(svr.name, message.subject)
        self.assertIn(self.contact, svr.message_partner_ids)

    def test_ticket_without_client_cannot_be_sent(self):
        ticket = self.create_ticket("resolved", partner_id=False, asset_id=False)
        with self.assertRaisesRegex(UserError, "choose a contact"):
            self.move(ticket, "svr_pending")

    def test_approval_closes_the_ticket(self):
        svr = self.create_sent_svr()
        svr.with_user(self.client_user).action_approve("  Kim Tran ")
        self.assertRecordValues(
            svr,
            [
                {
                    "state": "approved",
                    "decided_by_id": self.client_user.id,
                    "decided_by_name": "Kim Tran",
                }
            ],
        )
        self.assertEqual(svr.ticket_id.stage_id, self.stages["closed"])
        self.assertTrue(svr.ticket_id.closed_date)

    def test_approved_report_keeps_its_pdf_once(self):
        svr = self.create_sent_svr()
        jobs = self.env["queue.job"].search([])
        svr.with_user(self.client_user).action_approve("Kim Tran")
        job = self.env["queue.job"].search([]) - jobs
        self.assertEqual((job.method_name, job.records), ("_keep_pdf", svr))
        for _attempt in range(2):
            svr.sudo().with_context(force_report_rendering=True)._keep_pdf()
        kept = self.env["ir.attachment"].search([("res_model", "=", svr._name), ("res_id", "=", svr.id)])
        self.assertEqual((kept.name, kept.mimetype), (f"{svr.name}.pdf", "application/pdf"))

    def test_file_that_somebody_attaches_is_not_the_kept_pdf(self):
        svr = self.create_approved_svr()
        planted = (f"{svr.name}.pdf", b"%PDF-1.4 planted")
        svr.with_user(self.support).message_post(body="Here", attachments=[planted])
        report = self.env.ref("psa_techsource.techsource_svr_report")
        self.assertFalse(report.retrieve_attachment(svr))
        svr.sudo().with_context(force_report_rendering=True)._keep_pdf()
        self.assertEqual(report.retrieve_attachment(svr), svr.pdf_id)
        self.assertNotIn(b"planted", svr.pdf_id.raw)

    def test_rejection_in_html_is_shown_as_typed(self):
        svr = self.create_sent_svr()
        svr.with_user(self.client_user).action_reject("<h1>Click <b>here</b></h1>")
        self.assertIn("&lt;h1&gt;Click", svr.ticket_id.activity_ids.note)

    def test_rejection_goes_back_to_the_engineer(self):
        svr = self.create_sent_svr()
        svr.with_user(self.client_user).action_reject("The scanner still does not work.")
        ticket = svr.ticket_id
        self.assertEqual((svr.state, ticket.stage_id), ("rejected", self.stages["in_progress"]))
        activity = ticket.activity_ids
        self.assertEqual(activity.user_id, self.support)
        self.assertIn("The scanner still does not work.", activity.note)
        self.assertIn("The scanner still does not work.", svr.message_ids[0].body)

    def test_work_after_rejection_makes_the_next_version(self):
        first = self.create_sent_svr()
        first.with_user(self.client_user).action_reject("Not yet.")
        self.walk(first.ticket_id, "svr_pending")
        second = first.ticket_id.svr_ids - first
        self.assertEqual((second.version, second.state, second.total_hours), (2, "sent", 1))
        second.with_user(self.client_user).action_approve("Kim Tran")
        self.assertEqual(first.ticket_id.stage_id.code, "closed")

    def test_reopened_ticket_reports_new_time_only(self):
        first = self.create_approved_svr(hours=(2,))
        ticket = first.ticket_id
        ticket.with_user(self.admin).action_override_stage(self.stages["in_progress"], "It broke again")
        self.create_time(ticket, hours=0.5)
        self.walk(ticket, "svr_pending")
        second = ticket.svr_ids - first
        self.assertEqual(second.total_hours, 0.5)

    def test_ticket_taken_back_withdraws_its_report(self):
        svr = self.create_sent_svr()
        self.move(svr.ticket_id, "in_progress")
        self.assertEqual((svr.state, svr.decided_by_id), ("rejected", self.support))
        self.assertIn("Withdrawn", svr.rejection_reason)
        with self.assertRaises(UserError):
            svr.with_user(self.client_user).action_approve("Kim Tran")

    def test_one_decision_only(self):
        svr = self.create_approved_svr()
        for decide in (
            lambda: svr.with_user(self.client_user).action_approve("Kim Tran"),
            lambda: svr.with_user(self.client_user).action_reject("Changed my mind"),
        ):
            with self.assertRaises(UserError):
                decide()

    def test_decision_needs_name_or_reason(self):
        svr = self.create_sent_svr().with_user(self.client_user)
        with self.assertRaisesRegex(UserError, "full name"):
            svr.action_approve("  ")
        with self.assertRaisesRegex(UserError, "full name"):
            svr.action_approve("\u200b\u2060")
        with self.assertRaisesRegex(UserError, "what is missing"):
            svr.action_reject("")

    def test_nobody_else_approves_for_the_client(self):
        svr = self.create_sent_svr()
        stranger = self.client_user.copy({"login": "stranger"})
        stranger.partner_id.parent_id = self.other_company
        for user in (self.support, self.operations, self.accounts, self.admin, stranger, self.env.user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                svr.with_user(user).action_approve("Kim Tran")
        with self.assertRaises(UserError):
            svr.with_user(self.admin).sudo().action_approve("Kim Tran")
        self.assertEqual(svr.state, "sent")

    def test_renamed_client_leaves_the_evidence_intact(self):
        svr = self.create_sent_svr()
        self.client_company.name = "Harbour Dental Group"
        self.assertEqual(svr.client_name, "Harbour Dental")
        svr.with_user(self.client_user).action_approve("Kim Tran")
        svr._check_content()

    def test_content_tampered_with_cannot_be_approved(self):
        svr = self.create_sent_svr()
        self.env.flush_all()
        self.env.cr.execute("UPDATE techsource_svr_line SET hours = 9 WHERE svr_id = %s", [svr.id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "no longer what was sent"):
            svr.with_user(self.client_user).action_approve("Kim Tran")

    def test_evidence_cannot_be_written_by_anyone(self):
        svr = self.create_approved_svr()
        line = svr.line_ids
        forged = {"techsource_svr_key": object()}
        for user in (self.support, self.operations, self.accounts, self.admin, self.client_user):
            for record, values in ((svr, {"summary": "Other"}), (line, {"hours": 9})):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    record.with_user(user).write(values)
        for record in (svr.sudo(), svr.sudo().with_context(**forged), line.sudo()):
            with self.assertRaises(UserError):
                record.write({"name": "Other"})
            with self.assertRaises(UserError):
                record.unlink()
        with self.assertRaises(UserError):
            svr.sudo().copy()

    def test_automation_cannot_write_on_in_the_evidence(self):
        values = "'state': 'approved', 'decided_by_name': 'X', 'decided_by_id': uid, 'decided_at': record.sent_at"
        for model, code in (
            ("techsource.svr", f"if record.state == 'sent': record.write({{{values}}})"),
            ("techsource.svr.line", "record.svr_id.write({'summary': 'Forged'})"),
        ):
            with self.subTest(model=model), self.env.cr.savepoint() as savepoint:
                self.create_automation(model, code)
                with self.assertRaisesRegex(UserError, "cannot be edited"):
                    self.create_sent_svr()
                savepoint.close(rollback=True)

    def test_decision_on_an_earlier_report_is_none_on_the_latest(self):
        ticket = self.create_approved_svr().ticket_id
        self.assertEqual(ticket.svr_state, "approved")
        ticket.with_user(self.admin).action_override_stage(self.stages["svr_pending"], "It broke again")
        self.assertEqual(ticket.svr_state, "sent")
        with self.assertRaisesRegex(UserError, "has not approved"):
            self.move(ticket, "closed")

    def create_automation(self, model, code):
        model_id = self.env["ir.model"]._get_id(model)
        action = {"name": "Forge", "model_id": model_id, "state": "code", "code": code}
        return self.env["base.automation"].create(
            {
                "name": "Forge",
                "model_id": model_id,
                "trigger": "on_create_or_write",
                "action_server_ids": [Command.create(action)],
            }
        )

    def test_two_live_reports_on_a_ticket_are_refused(self):
        svr = self.create_sent_svr().sudo()
        values = {**svr._prepare_draft(svr.ticket_id), "version": 7}
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            svr._through_door().create(values)
            self.env.flush_all()

    def test_closed_by_override_is_no_approval(self):
        svr = self.create_sent_svr()
        svr.ticket_id.with_user(self.admin).action_override_stage(self.stages["closed"], "Client left")
        self.assertEqual(svr.state, "sent")
