from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestLifecycleDryRun(PsaCase):
    """What other rules would have done to moves that were made and attempts that were refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()
        cls.ticket.with_user(cls.operations).stage_id = cls.triage
        cls.ticket.stage_id = cls.in_progress

    def propose(self, **changes):
        """The present moves, with changes by the name of the stage that they leave; `None` takes a move out."""
        moves = []
        for move in self.lifecycle.transition_ids:
            change = changes.get(move.from_stage_id.code.removeprefix("test_"), {})
            data = {
                "from_id": move.from_stage_id.id,
                "to_id": move.to_stage_id.id,
                "group_ids": move.group_ids.ids,
                "gate_ids": move.gate_ids.ids,
            }
            if change is not None:
                moves.append({**data, **change})
        return moves

    def dry_run(self, moves):
        return self.lifecycle.with_user(self.admin)._dry_run(moves)

    def refuse(self, user, stage, gate=None):
        """An attempt that was refused, as the engine writes it down."""
        self.env["psa.lifecycle.refusal"]._insert(
            [
                {
                    "ticket_id": self.ticket.id,
                    "lifecycle_id": self.lifecycle.id,
                    "from_stage_id": self.ticket.stage_id.id,
                    "to_stage_id": stage.id,
                    "refused_at": self.ticket.stage_entered_at,
                    "user_id": user.id,
                    "origin": "form",
                    "gate_id": gate and gate.id,
                    "reason": "Why",
                }
            ]
        )

    def test_same_rules_change_nothing(self):
        result = self.dry_run(self.propose())
        self.assertEqual((result["checked"], result["refused"], result["allowed"], result["rules"]), (2, 0, 0, []))
        self.assertIn("as they are now", result["explanation"])

    def test_move_that_would_be_gone_is_refused(self):
        result = self.dry_run(self.propose(triage=None))
        self.assertEqual((result["refused"], result["allowed"]), (1, 0))
        [rule] = result["rules"]
        self.assertEqual((rule["name"], rule["is_refused"], rule["count"]), ("Triage → In progress", True, 1))
        self.assertEqual(rule["tickets"], [{"id": self.ticket.id, "name": self.ticket.display_name}])

    def test_role_that_would_lose_the_move_is_refused(self):
        operations = self.env.ref("psa_base.group_operations").ids
        result = self.dry_run(self.propose(triage={"group_ids": operations}))
        self.assertEqual(result["refused"], 1)
        self.assertIn("Operations", result["rules"][0]["reason"])
        self.assertEqual(self.dry_run(self.propose(request={"group_ids": operations}))["refused"], 0)

    def test_gate_that_is_new_judges_the_ticket_as_it_is_now(self):
        gate = self.env["psa.lifecycle.gate"].create(
            {"name": "Urgent", "message": "Only what is critical.", "domain": "[('priority', '=', '3')]"}
        )
        proposed = self.propose(triage={"gate_ids": gate.ids}, request={"gate_ids": gate.ids})
        result = self.dry_run(proposed)
        self.assertEqual((result["refused"], {rule["gate_id"] for rule in result["rules"]}), (2, {gate.id}))
        self.ticket.priority = "3"
        self.assertEqual(self.dry_run(proposed)["refused"], 0)
        self.ticket.priority = "1"
        gate.mode = "warn"
        self.assertEqual(self.dry_run(proposed)["refused"], 0)

    def test_gate_that_was_there_counts_as_passed(self):
        gate = self.add_gate(self.triage, self.in_progress)
        operations = self.env.ref("psa_base.group_operations").ids
        result = self.dry_run(self.propose(triage={"gate_ids": gate.ids, "group_ids": operations}))
        self.assertEqual([rule["gate_id"] for rule in result["rules"]], [False])

    def test_override_and_old_move_are_left_out(self):
        self.ticket.with_user(self.admin).action_override_stage(self.request, "Again")
        self.env.cr.execute(
            "UPDATE psa_lifecycle_move SET moved_at = moved_at - interval '40 days' WHERE NOT is_override"
        )
        result = self.dry_run(self.propose(triage=None))
        self.assertEqual((result["refused"], result["checked"]), (0, 0))

    def test_attempt_that_would_be_allowed_is_counted_once(self):
        gates = self.add_gate(self.in_progress, self.closed) | self.add_gate(self.in_progress, self.closed)
        for gate in gates:
            self.refuse(self.support, self.closed, gate)
        result = self.dry_run(self.propose(in_progress={"gate_ids": []}))
        self.assertEqual((result["checked"], result["allowed"]), (3, 1))
        self.assertFalse(result["rules"][0]["is_refused"])
        self.assertEqual(self.dry_run(self.propose(in_progress={"gate_ids": gates[0].ids}))["allowed"], 0)

    def test_new_move_frees_who_has_its_role(self):
        self.refuse(self.support, self.request)
        new = {"from_id": self.in_progress.id, "to_id": self.request.id, "gate_ids": []}
        for role, allowed in (("support", 1), ("accounts", 0)):
            groups = self.env.ref(f"psa_base.group_{role}").ids
            result = self.dry_run([*self.propose(), {**new, "group_ids": groups}])
            self.assertEqual(result["allowed"], allowed)
