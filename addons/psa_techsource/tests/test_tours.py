from odoo.tests import tagged

from .common import TechsourceTourCase


@tagged("post_install", "-at_install")
class TestTours(TechsourceTourCase):
    """In a real browser."""

    def test_each_role_logs_in_reaches_its_home(self):
        for role in ("operations", "support", "accounts", "admin", "client"):
            with self.subTest(role=role):
                self.start_tour("/web/login", f"psa_techsource_home_{role}", login=None)

    def test_client_approves_report_closes_ticket(self):
        svr = self.create_sent_svr()
        self.start_tour("/my", "psa_techsource_approve_svr", login=self.client_user.login)
        self.assertEqual(svr.state, "approved")
        self.assertEqual(svr.decided_by_name, "Kim Tran")
        self.assertEqual(svr.ticket_id.stage_id, self.stages["closed"])
