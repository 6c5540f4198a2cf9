import contextlib
import itertools

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.psa_base.tests.common import PsaHttpCase
from odoo.addons.psa_base.tests.role_walk import RoleWalkMixin

from ..common import TechsourceDataMixin
from ..role_matrix import ACTIONS, FIELDS, MOVES, RECORDS
from ..role_samples import make_samples


@tagged("post_install", "-at_install", "heavy")
class TestRoleMatrix(RoleWalkMixin, TechsourceDataMixin, PsaHttpCase):
    """Each cell of role_matrix.py, tried by the calls that the web client makes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.samples = make_samples(cls)

    def test_records(self):
        self.check_records(RECORDS, self.samples)

    def test_fields(self):
        self.check_fields(FIELDS, self.samples)

    def test_actions(self):
        self.check_actions(
            ACTIONS,
            self.samples,
            {
                "techsource.svr.action_approve": (None, "Kim Tran"),
                "techsource.svr.action_reject": (None, "The printer still prints blank pages."),
            },
        )

    def test_moves(self):
        """Each role tries to move from every stage to every other one, without gates."""
        self.lifecycle.transition_ids.gate_ids = False
        ticket = self.create_ticket().sudo()
        for role in ("support", "operations", "accounts", "admin"):
            for start in MOVES:
                self.check_moves_from(ticket, start, role)

    def check_moves_from(self, ticket, start, role):
        for target in MOVES.keys() - {start}:
            with self.subTest(role=role, start=start, target=target), self.undone():
                self.put(ticket, start)
                refusal = self.try_call(self.users[role], ticket, "write", {"stage_id": self.stages[target].id})
                self.assert_cell(role in MOVES[start].get(target, ()), refusal, (role, start, target))

    def test_client_moves_by_buttons_only(self):
        """A button makes only moves that are open to the client, and without a button the client makes none."""
        self.lifecycle.transition_ids.gate_ids = False
        ticket = self.create_ticket().sudo()
        for start, target in itertools.permutations(MOVES, 2):
            stage = {"stage_id": self.stages[target].id}
            with self.subTest(start=start, target=target), self.undone():
                self.put(ticket, start)
                self.assert_cell(False, self.try_call(self.client_user, ticket, "write", stage), (start, target))
                allowed = "client" in MOVES[start].get(target, ())
                with contextlib.nullcontext() if allowed else self.assertRaises(UserError):
                    ticket.with_user(self.client_user).sudo().write(stage)

    def put(self, ticket, code):
        """Put the ticket into a stage as if it had always been there."""
        self.env.cr.execute("UPDATE helpdesk_ticket SET stage_id = %s WHERE id = %s", (self.stages[code].id, ticket.id))
        ticket.invalidate_recordset()
