from unittest.mock import patch

from odoo import sql_db
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError

from ...services.api import documents
from ..common import TechsourceApiCase

LOGGER = "odoo.addons.psa_techsource.services.api.documents"


@tagged("post_install", "-at_install")
class TestApiPdf(TechsourceApiCase):
    """Documents for a client's program. A mock takes the place of the renderer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.svr = cls.create_sent_svr()
        cls.path = f"/svrs/{cls.svr.id}/pdf"

    def get(self, path=None, **renderer):
        with self.pdf_renderer(**renderer) as render:
            return self.call("GET", path or self.path), render

    def renderer_is(self, state):
        return patch.object(
            type(self.env["ir.actions.report"]), "get_wkhtmltopdf_state", autospec=True, return_value=state
        )

    def assert_pdf(self, response, filename, content=None):
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertIn(f'filename="{filename}"', response.headers["Content-Disposition"])
        self.assertEqual(response.content, content or self.PDF)

    def assert_not_ready(self, response, seconds):
        problem = self.assert_problem(response, 503)
        self.assertEqual(response.headers["Retry-After"], str(seconds))
        self.assertNotIn("Traceback", response.text)
        return problem

    def test_report_that_waits_is_made_and_not_kept(self):
        response, _render = self.get()
        self.assert_pdf(response, f"{self.svr.name}.pdf")
        self.assertFalse(self.svr.pdf_id)

    def test_document_made_again_of_the_same_is_the_same_file(self):
        makings = [(b"%%PDF-1.4\n/CreationDate (D:2026112312574%dZ)\n>>" % second, "pdf") for second in range(3)]
        for path in (self.path, f"/invoices/{self.create_posted_invoice().id}/pdf"):
            with self.subTest(path), self.pdf_renderer(side_effect=makings):
                first, head = self.call("GET", path), self.call("HEAD", path)
                self.assertEqual((head.status_code, head.headers["ETag"]), (200, first.headers["ETag"]))
                again = self.call("GET", path, headers={"If-None-Match": first.headers["ETag"]})
                self.assertEqual((again.status_code, again.content), (304, b""))

    def test_document_bears_no_time_of_its_making(self):
        reports = self.env["ir.actions.report"]
        if reports.get_wkhtmltopdf_state() == "install":
            self.fail("This needs wkhtmltopdf: scripts/psa doctor says how to install it.")
        made = reports._run_wkhtmltopdf(["<p>A report</p>"])
        response, _render = self.get(return_value=(made, "pdf"))
        self.assertIn(b"/CreationDate (D:", made)
        self.assertNotIn(b"/CreationDate", response.content)
        # The table at the end of a PDF finds each part by its position, so nothing may shift.
        self.assertEqual(len(response.content), len(made))

    def test_approved_report_is_the_kept_file(self):
        self.svr.with_user(self.client_user).action_approve("Kim Tran")
        response, render = self.get()
        self.assert_pdf(response, f"{self.svr.name}.pdf")
        self.assertEqual(self.svr.pdf_id.raw, self.PDF)
        response, render = self.get(return_value=(b"another", "pdf"))
        self.assert_pdf(response, f"{self.svr.name}.pdf")
        render.assert_not_called()

    def test_kept_file_is_read_once(self):
        self.svr.with_user(self.client_user).action_approve("Kim Tran")
        response, _render = self.get()
        again = self.call("GET", self.path, headers={"If-None-Match": response.headers["ETag"]})
        self.assertEqual((again.status_code, again.content), (304, b""))

    def test_kept_file_needs_no_renderer(self):
        self.svr.with_user(self.client_user).action_approve("Kim Tran")
        self.get()
        with self.renderer_is("install"):
            self.assert_pdf(self.call("GET", self.path), f"{self.svr.name}.pdf")

    def test_missing_renderer_is_told(self):
        for state in ("install", "broken", "workers"):
            with self.renderer_is(state), mute_logger(LOGGER):
                self.assert_not_ready(self.call("GET", self.path), documents.BROKEN_WAIT)

    def test_renderer_that_fails_is_told_without_its_words(self):
        for error in (UserError("Wkhtmltopdf failed. Message: /tmp/secret"), FileNotFoundError("wkhtmltopdf")):
            with mute_logger(LOGGER):
                response, _render = self.get(side_effect=error)
            problem = self.assert_not_ready(response, documents.BROKEN_WAIT)
            self.assertNotIn("secret", problem["detail"])

    def test_page_that_is_no_pdf_is_not_given_out(self):
        with mute_logger(LOGGER):
            response, _render = self.get(return_value=(b"<html>", "html"))
        self.assert_not_ready(response, documents.BROKEN_WAIT)
        self.svr.with_user(self.client_user).action_approve("Kim Tran")
        with mute_logger(LOGGER):
            response, _render = self.get(return_value=(b"<html>", "html"))
        self.assert_not_ready(response, documents.BROKEN_WAIT)
        self.assertFalse(self.svr.pdf_id)

    def test_busy_renderer_is_told(self):
        with sql_db.db_connect(self.env.cr.dbname).cursor() as other:
            for turn in range(documents._count_turns()):
                other.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", (documents.LOCK, turn))
            response, render = self.get()
        self.assert_not_ready(response, documents.BUSY_WAIT)
        render.assert_not_called()
        response, _render = self.get()
        self.assert_pdf(response, f"{self.svr.name}.pdf")

    def test_client_leaves_turns_to_others(self):
        own = f"{documents.LOCK}.{self.svr.ticket_id.commercial_partner_id.id}"
        with sql_db.db_connect(self.env.cr.dbname).cursor() as other:
            for turn in range(documents._count_turns() // 2):
                other.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", (own, turn))
            response, _render = self.get()
        self.assert_not_ready(response, documents.BUSY_WAIT)

    def test_report_that_is_being_made_is_not_made_twice(self):
        self.svr.with_user(self.client_user).action_approve("Kim Tran")
        with sql_db.db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(hashtext('techsource.svr.pdf'), %s)", (self.svr.id,))
            response, render = self.get()
            self.assert_not_ready(response, documents.BUSY_WAIT)
            with self.assertRaises(RetryableJobError):
                self.svr.sudo()._keep_pdf()
        render.assert_not_called()

    def create_posted_invoice(self):
        invoice = self.create_invoice()
        invoice.action_post()
        return invoice

    def test_invoice_that_was_not_sent_is_made_and_not_kept(self):
        invoice = self.create_posted_invoice()
        response, _render = self.get(f"/invoices/{invoice.id}/pdf")
        self.assert_pdf(response, f"{invoice.name.replace('/', '_')}.pdf")
        self.assertFalse(invoice.invoice_pdf_report_id)

    def test_invoice_that_was_sent_is_that_file(self):
        invoice = self.create_posted_invoice()
        self.env["ir.attachment"].create(
            {
                "name": "sent.pdf",
                "raw": b"%PDF-1.4 as it was sent",
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        invoice.invalidate_recordset()
        response, render = self.get(f"/invoices/{invoice.id}/pdf")
        self.assert_pdf(response, f"{invoice.name.replace('/', '_')}.pdf", b"%PDF-1.4 as it was sent")
        render.assert_not_called()
