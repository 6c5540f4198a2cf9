from odoo.tests import tagged

from ..common import TechsourceTourCase


@tagged("post_install", "-at_install", "heavy")
class TestTours(TechsourceTourCase):
    """What each role does first, and the ways through the lifecycle's screens, in a real browser."""

    def test_each_role_logs_in_reaches_its_home(self):
        for role in ("operations", "support", "accounts", "admin", "client"):
            with self.subTest(role=role):
                self.start_tour("/web/login", f"psa_techsource_home_{role}", login=None)

    def test_admin_edits_lifecycle_in_matrix_and_saves(self):
        self.start_tour(self.lifecycle_url(), "psa_techsource_edit_lifecycle", login=self.admin.login)
        pending, triage = self.stages["pending_client"], self.stages["triage"]
        moves = self.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == pending)
        move = moves.filtered(lambda move: move.to_stage_id == triage)
        self.assertEqual(move.group_ids, self.env.ref("psa_base.group_support"))

    def test_admin_draws_new_lifecycle(self):
        url = "/odoo/action-psa_base.psa_lifecycle_action/new"
        self.start_tour(url, "psa_techsource_new_lifecycle", login=self.admin.login)
        lifecycle = self.env["psa.lifecycle"].search([("name", "=", "Projects")])
        self.assertEqual(lifecycle.stage_ids, self.stages["request"] | self.stages["svr_pending"])

    def test_admin_is_asked_before_changes_are_lost(self):
        self.start_tour(self.lifecycle_url(), "psa_techsource_discard_lifecycle", login=self.admin.login)

    def test_support_learns_what_is_missing_mends_it_and_moves(self):
        ticket = self.create_ticket("assigned")
        ticket.sudo().user_id = False
        url = f"/odoo/action-psa_base.helpdesk_ticket_action/{ticket.id}"
        self.start_tour(url, "psa_techsource_why_panel", login=self.support.login)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def lifecycle_url(self):
        return f"/odoo/action-psa_base.psa_lifecycle_action/{self.lifecycle.id}"
