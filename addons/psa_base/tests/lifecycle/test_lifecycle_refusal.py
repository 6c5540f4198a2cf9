from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import PsaCase, PsaHttpCase, RpcError

LOGGER = "odoo.addons.psa_base.tools.own_transaction"


@tagged("post_install", "-at_install")
class TestLifecycleRefusal(PsaHttpCase):
    """Refused moves are written down apart from what was undone."""

    def drag(self, user, ticket, stage):
        values = {"stage_id": stage.id}
        return self.call_as(user, "helpdesk.ticket", "web_save", ticket.ids, values, specification={})

    def test_refused_move_is_kept_with_each_reason(self):
        ticket = self.create_ticket(stage=self.triage)
        gates = self.add_gate(self.triage, self.in_progress, message="Call the client.")
        gates |= self.add_gate(self.triage, self.in_progress, message="Order the part.")
        with self.assertRaisesRegex(RpcError, "Order the part"):
            self.drag(self.support, ticket, self.in_progress)
        refusals = self.env["psa.lifecycle.refusal"].with_user(self.operations).search([("ticket_id", "=", ticket.id)])
        self.assertEqual(refusals.gate_id, gates)
        self.assertEqual(set(refusals.mapped("reason")), {"Call the client.", "Order the part."})
        self.assertEqual(refusals.user_id, self.support)
        self.assertEqual((refusals.from_stage_id, refusals.to_stage_id), (self.triage, self.in_progress))
        self.assertEqual(set(refusals.mapped("origin")), {"form"})
        self.assertEqual(len(ticket.sudo().move_ids), 2)

    def test_refusal_without_a_gate_is_the_rules(self):
        ticket = self.create_ticket()
        # Not `assertRaises`: it works with a savepoint, whose rollback would undo what the test looks at.
        with self.assertRaisesRegex(RpcError, "not an allowed move"):
            self.drag(self.support, ticket, self.closed)
        refusal = self.env["psa.lifecycle.refusal"].search([("ticket_id", "=", ticket.id)])
        self.assertFalse(refusal.gate_id)
        self.assertIn("not an allowed move", refusal.reason)

    def test_books_that_fail_leave_the_refusal_as_it_is(self):
        ticket = self.create_ticket()
        broken = patch.object(self.registry["psa.lifecycle.refusal"], "_insert", side_effect=ValueError("broken"))
        with broken, mute_logger(LOGGER), self.assertRaisesRegex(RpcError, "not an allowed move"):
            self.drag(self.support, ticket, self.closed)
        self.assertFalse(self.env["psa.lifecycle.refusal"].search([("ticket_id", "=", ticket.id)]))


@tagged("post_install", "-at_install")
class TestLifecycleRefusalInTransaction(PsaCase):
    def test_refusal_waits_for_the_end_of_the_transaction(self):
        ticket = self.create_ticket()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            ticket.stage_id = self.closed
        self.assertFalse(self.env["psa.lifecycle.refusal"].search([("ticket_id", "=", ticket.id)]))
        self.assertTrue(self.env.cr.postrollback._funcs)
        self.assertTrue(self.env.cr.postcommit._funcs)

    def test_ticket_that_was_undone_is_left_out(self):
        ticket = self.create_ticket()
        row = {
            "ticket_id": ticket.id,
            "refused_at": ticket.stage_entered_at,
            "user_id": self.support.id,
            "origin": "form",
            "reason": "Why",
        }
        rows = [row, {**row, "ticket_id": 2**31 - 1}]
        self.env["psa.lifecycle.refusal"]._insert_if_known(rows)
        self.assertEqual(self.env["psa.lifecycle.refusal"].search([("reason", "=", "Why")]).ticket_id, ticket)
