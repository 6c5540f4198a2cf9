from odoo.tests import tagged

from ..common import TechsourceApiCase


@tagged("post_install", "-at_install")
class TestApiTickets(TechsourceApiCase):
    """Tickets of the nine stages, as a client's program works on them."""

    def _create_ticket_in(self, stage):
        if stage != "pending_client":
            return self.create_ticket(stage).sudo()
        ticket = self.create_ticket("in_progress")
        self.move(ticket, stage)
        return ticket.sudo()

    def _reopen(self, ticket):
        return self.call("POST", f"/tickets/{ticket.number}/reopen", {"reason": "It jams again."})

    def test_resolved_ticket_is_reopened(self):
        ticket = self.create_ticket("resolved").sudo()
        response = self._reopen(ticket)
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(response.json()["stage"]["code"], "in_progress")
        self.assertEqual(ticket.stage_id.code, "in_progress")

    def test_reopening_takes_back_the_report_that_waits(self):
        svr = self.create_sent_svr().sudo()
        self.assertEqual(self._reopen(svr.ticket_id).json()["stage"]["code"], "in_progress")
        self.assertEqual(svr.state, "rejected")
        self.assertIn("Withdrawn", svr.rejection_reason)

    def test_closed_is_final(self):
        ticket = self.create_approved_svr().ticket_id.sudo()
        self.assertEqual(ticket.stage_id.code, "closed")
        problem = self.assert_problem(self._reopen(ticket), 409)
        self.assertIn("cannot be reopened from the stage Closed", problem["detail"])

    def test_ticket_that_is_worked_on_is_not_reopened(self):
        for stage in ("triage", "assigned", "in_progress", "pending_client"):
            with self.subTest(stage):
                ticket = self._create_ticket_in(stage)
                self.assert_problem(self._reopen(ticket), 409)
                self.assertEqual(ticket.stage_id.code, stage)
                self.assertFalse(self.call("GET", f"/tickets/{ticket.number}/comments").json()["items"])

    def test_comment_takes_a_ticket_that_waits_for_the_client_on(self):
        for stage in ("pending_client", "resolved"):
            with self.subTest(stage):
                ticket = self._create_ticket_in(stage)
                self.call("POST", f"/tickets/{ticket.number}/comments", {"body": "Here you are."})
                self.assertEqual(ticket.stage_id.code, "in_progress")

    def test_batch_comes_into_the_first_stage_with_its_targets(self):
        ticket = {"subject": "Cannot print", "description": "Since this morning.", "priority": "critical"}
        results = self.call("POST", "/tickets/batch", {"items": [ticket] * 3}).json()["results"]
        self.assertEqual({result["ticket"]["stage"]["code"] for result in results}, {"request"})
        for result in results:
            self.assertEqual({sla["layer"] for sla in result["ticket"]["sla"]}, {"client"})
