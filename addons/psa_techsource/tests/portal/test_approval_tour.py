from odoo.tests import tagged

from ..common import TechsourceTourCase


@tagged("post_install", "-at_install")
class TestApprovalTour(TechsourceTourCase):
    """What a client does in a browser, on both series in each run."""

    def test_client_approves_report_closes_ticket(self):
        svr = self.create_sent_svr()
        self.start_tour("/my", "psa_techsource_approve_svr", login=self.client_user.login)
        self.assertEqual(svr.state, "approved")
        self.assertEqual(svr.decided_by_name, "Kim Tran")
        self.assertEqual(svr.ticket_id.stage_id, self.stages["closed"])
