from odoo.tests import tagged

from ..common import TechsourceCase


@tagged("post_install", "-at_install")
class TestLifecycleWhy(TechsourceCase):
    """The checks of this addon say where to mend what is missing."""

    def find_fix(self, ticket, code):
        [answer] = [next_stage for next_stage in ticket.get_next_stages() if next_stage["stage"]["id"] == code.id]
        self.assertFalse(answer["allowed"])
        return answer["items"][0]["fix"]

    def test_missing_engineer_leads_to_the_assigned_user(self):
        ticket = self.create_ticket("assigned")
        ticket.sudo().user_id = False
        self.assertEqual(self.find_fix(ticket, self.stages["in_progress"])["field"], "user_id")

    def test_missing_approval_leads_to_the_report(self):
        svr = self.create_sent_svr()
        fix = self.find_fix(svr.ticket_id.with_user(self.support), self.stages["closed"])
        self.assertEqual((fix["action"]["res_model"], fix["action"]["res_id"]), ("techsource.svr", svr.id))
