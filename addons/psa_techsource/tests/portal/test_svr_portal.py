from odoo import http
from odoo.tests import tagged

from ..common import TechsourceHttpCase


@tagged("post_install", "-at_install")
class TestSvrPortal(TechsourceHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.svr = cls.create_sent_svr(hours=(1.5,))
        cls.page = f"/my/svrs/{cls.svr.id}"

    def log_in(self, user):
        self.authenticate(user.login, user.login)

    def decide(self, verb, **values):
        values["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(f"{self.page}/{verb}", data=values)

    def test_client_approves_on_the_page(self):
        self.log_in(self.client_user)
        page = self.url_open(self.page)
        self.assertIn("Please check what was done", page.text)
        self.assertIn("01:30", page.text)
        page = self.decide("approve", name="Kim Tran")
        self.assertIn("approved this report", page.text)
        self.assertEqual((self.svr.state, self.svr.ticket_id.stage_id.code), ("approved", "closed"))

    def test_client_sends_back_with_reason(self):
        self.log_in(self.client_user)
        page = self.decide("reject", reason="The scanner does not work.")
        self.assertIn("The scanner does not work.", page.text)
        self.assertEqual((self.svr.state, self.svr.ticket_id.stage_id.code), ("rejected", "in_progress"))

    def test_refusal_is_shown_in_words(self):
        self.log_in(self.client_user)
        page = self.decide("approve", name=" ")
        self.assertIn("Type your full name", page.text)
        self.assertEqual(self.svr.state, "sent")

    def test_second_decision_shows_what_happened(self):
        self.svr.with_user(self.client_user).action_approve("Kim Tran")
        self.log_in(self.client_user)
        page = self.decide("reject", reason="Too late")
        self.assertEqual((page.status_code, self.svr.state), (200, "approved"))
        self.assertIn("approved this report", page.text)

    def test_address_puts_no_words_on_the_page(self):
        self.log_in(self.client_user)
        page = self.url_open(f"{self.page}?error=Pay+here&success=Pay+here&values=1&document=1")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Please check what was done", page.text)
        self.assertNotIn("Pay here", page.text)

    def test_post_without_token_of_the_form_is_refused(self):
        self.log_in(self.client_user)
        self.url_open(f"{self.page}/approve", data={"name": "Kim Tran"})
        self.assertEqual(self.svr.state, "sent")

    def test_other_client_sees_nothing(self):
        self.client_user.partner_id.parent_id = self.other_company
        self.log_in(self.client_user)
        self.assertTrue(self.url_open(self.page).url.endswith("/my"))
        self.assertNotIn(self.svr.name, self.url_open("/my/svrs").text)
        self.decide("approve", name="Kim Tran")
        self.assertEqual(self.svr.state, "sent")

    def test_link_from_mail_is_read_only(self):
        self.authenticate(None, None)
        page = self.url_open(self.svr.get_portal_url())
        self.assertIn("Log in to decide", page.text)
        self.assertNotIn("svr_approve", page.text)
        self.assertIn("/web/login", self.decide("approve", name="Kim Tran").url)
        self.assertEqual(self.svr.state, "sent")

    def test_page_without_link_or_login_is_not_shown(self):
        self.authenticate(None, None)
        self.assertNotIn(self.svr.name, self.url_open(self.page).text)

    def test_engineer_reads_but_cannot_decide(self):
        self.log_in(self.support)
        page = self.url_open(self.page)
        self.assertIn("not decide on it", page.text.replace("\n", " ").replace("  ", ""))
        self.assertIn("Only a person of", self.decide("approve", name="Kim Tran").text)
        self.assertEqual(self.svr.state, "sent")

    def test_list_filters_and_ticket_leads_to_the_report(self):
        self.log_in(self.client_user)
        self.assertIn(self.svr.name, self.url_open("/my/svrs?filterby=sent").text)
        self.assertNotIn(self.svr.name, self.url_open("/my/svrs?filterby=approved").text)
        self.assertIn(self.page, self.url_open(f"/my/ticket/{self.svr.ticket_id.id}").text)
        self.assertIn("HD-RECEPTION", self.url_open("/my/assets").text)
        self.assertIn("Service reports", self.url_open("/my").text)

    def test_ticket_from_the_portal_starts_in_request(self):
        self.log_in(self.client_user)
        values = {"subject": "No sound", "description": "Since lunch", "csrf_token": http.Request.csrf_token(self)}
        self.url_open("/submitted/ticket", data=values)
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "No sound")])
        self.assertEqual((ticket.team_id, ticket.stage_id.code), (self.team, "request"))
        self.assertEqual(ticket.commercial_partner_id, self.client_company)

    def test_report_in_draft_is_not_shown(self):
        draft = self.create_ticket("resolved").svr_ids
        self.log_in(self.client_user)
        self.assertNotIn(draft.name, self.url_open("/my/svrs").text)
        self.assertTrue(self.url_open(f"/my/svrs/{draft.id}").url.endswith("/my"))

    def test_pdf_is_a_download(self):
        self.log_in(self.client_user)
        answer = self.url_open(f"{self.page}?report_type=pdf&download=true")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn(self.svr.name, answer.headers["Content-Disposition"])
