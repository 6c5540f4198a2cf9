from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestLifecycleMatrix(PsaCase):
    """The server's side of the matrix editor."""

    def setUp(self):
        super().setUp()
        self.lifecycle = self.lifecycle.with_user(self.admin)
        self.role = self.env.ref("psa_base.group_support")
        self.gate = self.env["psa.lifecycle.gate"].create(
            {"name": "Has a client", "message": "Choose the client.", "domain": "[('partner_id', '!=', False)]"}
        )

    def prepare_change(self, from_stage, to_stage, allowed=True, **links):
        change = {"from_id": from_stage.id, "to_id": to_stage.id, "allowed": allowed}
        return {**change, "group_ids": [self.role.id] if allowed else [], "gate_ids": [], **links}

    def save(self, *changes, token=None):
        return self.lifecycle.save_matrix(list(changes), token or self.lifecycle.get_matrix()["token"])

    def find_move(self, from_stage, to_stage):
        return self.lifecycle.transition_ids.filtered(
            lambda move: move.from_stage_id == from_stage and move.to_stage_id == to_stage
        )

    def test_matrix_shows_stages_in_order_and_moves(self):
        matrix = self.lifecycle.get_matrix()
        self.assertEqual(matrix["first_stage_id"], self.request.id)
        names = [stage["name"] for stage in matrix["stages"]]
        self.assertEqual(names, ["Request", "Triage", "In progress", "Closed"])
        self.assertEqual(len(matrix["moves"]), 4)
        self.assertTrue(matrix["can_edit"])
        self.assertIn(self.gate.id, [gate["id"] for gate in matrix["gates"]])

    def test_matrix_counts_tickets_of_the_lifecycle_by_stage(self):
        self.create_ticket()
        self.create_ticket(stage=self.triage)
        self.create_ticket(team_id=self.free_team.id, stage_id=self.triage.id)
        counts = {stage["id"]: stage["ticket_count"] for stage in self.lifecycle.get_matrix()["stages"]}
        self.assertEqual((counts[self.request.id], counts[self.triage.id]), (1, 1))

    def test_support_reads_matrix_and_changes_nothing(self):
        lifecycle = self.lifecycle.with_user(self.support)
        matrix = lifecycle.get_matrix()
        self.assertFalse(matrix["can_edit"])
        for call in (
            lambda: lifecycle.save_matrix([], matrix["token"]),
            lambda: lifecycle.preview_matrix([]),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_client_does_not_read_matrix(self):
        with self.assertRaises(AccessError):
            self.lifecycle.with_user(self.client_user).get_matrix()

    def test_allowed_cell_becomes_a_move_that_holds_at_once(self):
        ticket = self.create_ticket(stage=self.in_progress)
        with self.assertRaises(UserError):
            ticket.stage_id = self.triage
        self.save(self.prepare_change(self.in_progress, self.triage, gate_ids=[self.gate.id]))
        ticket.stage_id = self.triage
        move = self.find_move(self.in_progress, self.triage)
        self.assertEqual((move.group_ids, move.gate_ids), (self.role, self.gate))

    def test_forbidden_cell_is_no_move_any_more(self):
        self.save(self.prepare_change(self.triage, self.in_progress, allowed=False))
        self.assertFalse(self.find_move(self.triage, self.in_progress))

    def test_changed_roles_and_gates_keep_the_move(self):
        move = self.find_move(self.request, self.triage)
        self.save(self.prepare_change(self.request, self.triage, gate_ids=[self.gate.id]))
        self.assertEqual(self.find_move(self.request, self.triage), move)
        self.assertEqual((move.group_ids, move.gate_ids), (self.role, self.gate))

    def test_stage_joins_by_its_first_move_and_leaves_with_its_last(self):
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Waiting", "sequence": 25})
        self.assertIn(stage.id, [other["id"] for other in self.lifecycle.get_matrix()["other_stages"]])
        matrix = self.save(self.prepare_change(self.triage, stage), self.prepare_change(stage, self.triage))
        self.assertIn(stage.id, [known["id"] for known in matrix["stages"]])
        matrix = self.save(
            self.prepare_change(self.triage, stage, allowed=False),
            self.prepare_change(stage, self.triage, allowed=False),
        )
        self.assertNotIn(stage.id, [known["id"] for known in matrix["stages"]])

    def test_rules_changed_by_somebody_else_refuse_the_save(self):
        token = self.lifecycle.get_matrix()["token"]
        self.find_move(self.request, self.triage).sudo().group_ids = self.role
        with self.assertRaisesRegex(UserError, "Somebody else changed the lifecycle"):
            self.save(self.prepare_change(self.in_progress, self.triage), token=token)
        self.assertFalse(self.find_move(self.in_progress, self.triage))

    def test_save_touches_the_row_of_the_lifecycle(self):
        """Each save updates the row of the lifecycle, so that PostgreSQL lets only one of two at once pass."""
        self.lifecycle.sudo().write_date = "2026-01-05 09:00:00"
        self.env.flush_all()
        self.save(self.prepare_change(self.in_progress, self.triage))
        self.env.flush_all()
        self.assertNotEqual(str(self.lifecycle.write_date), "2026-01-05 09:00:00")

    def test_preview_tells_what_the_changes_would_have_done_and_saves_nothing(self):
        ticket = self.create_ticket(stage=self.triage)
        ticket.stage_id = self.in_progress
        with self.assertRaises(UserError):
            ticket.stage_id = self.triage
        changes = [
            self.prepare_change(self.triage, self.in_progress, allowed=False),
            self.prepare_change(self.triage, self.closed),
        ]
        preview = self.lifecycle.preview_matrix(changes)
        self.assertEqual((preview["refused"], preview["rules"][0]["name"]), (1, "Triage → In progress"))
        self.assertEqual([shown["id"] for shown in preview["rules"][0]["tickets"]], ticket.ids)
        self.assertTrue(self.find_move(self.triage, self.in_progress))
        self.assertFalse(self.find_move(self.triage, self.closed))

    def test_save_is_in_the_audit_trail(self):
        self.lifecycle.save_matrix(
            [self.prepare_change(self.in_progress, self.triage, gate_ids=[self.gate.id])],
            self.lifecycle.get_matrix()["token"],
            "Triage takes tickets back",
        )
        entry = self.env["psa.audit.entry"].search(
            [("model", "=", "psa.lifecycle"), ("res_id", "=", self.lifecycle.id), ("kind", "=", "rules")], limit=1
        )
        self.assertEqual((entry.user_id, entry.reason), (self.admin, "Triage takes tickets back"))
        self.assertIn("In progress → Triage", entry.after)
        self.assertIn("Has a client", entry.after)
        self.assertNotIn("In progress → Triage", entry.before or "")

    def test_what_is_no_change_of_a_matrix_is_refused(self):
        good = self.prepare_change(self.in_progress, self.triage)
        ghost = self.env["helpdesk.ticket.stage"].create({"name": "Gone"})
        ghost_id = ghost.id
        ghost.unlink()
        hostile = (
            "changes",
            {"from_id": 1},
            [None],
            [{}],
            [{**good, "from_id": str(self.triage.id)}],
            [{**good, "from_id": True}],
            [{**good, "from_id": -1}],
            [{**good, "from_id": 2**40}],
            [{**good, "from_id": ghost_id}],
            [{**good, "to_id": good["from_id"]}],
            [{**good, "allowed": "yes"}],
            [{**good, "group_ids": [self.env.ref("base.group_system").id]}],
            [{**good, "group_ids": "all"}],
            [{**good, "gate_ids": [2**31 - 1]}],
            [{**good, "sudo": True}],
            [good, good],
            [good] * 3000,
        )
        moves = self.lifecycle.transition_ids
        token = self.lifecycle.get_matrix()["token"]
        for changes in hostile:
            with self.subTest(changes=str(changes)[:80]), self.assertRaises(UserError):
                self.lifecycle.save_matrix(changes, token)
        self.assertEqual(self.lifecycle.transition_ids, moves)

    def test_one_bad_change_saves_none(self):
        good = self.prepare_change(self.in_progress, self.triage)
        bad = self.prepare_change(self.triage, self.closed, gate_ids=[2**31 - 1])
        with self.assertRaises(UserError):
            self.save(good, bad)
        self.assertFalse(self.find_move(self.in_progress, self.triage))
