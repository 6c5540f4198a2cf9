import contextlib
import itertools

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psa_base.tests.common import PsaHttpCase
from odoo.addons.psa_base.tests.role_walk import RoleWalkMixin

from ..common import TechsourceCase, TechsourceDataMixin
from ..role_matrix import ACTIONS, FIELDS, MOVES, RECORDS
from ..role_samples import make_agreements, make_samples


@tagged("post_install", "-at_install")
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


@tagged("post_install", "-at_install")
class TestSecurity(TechsourceCase):
    def test_client_sees_own_company_and_nothing_in_draft(self):
        mine = self.create_sent_svr()
        draft = self.create_ticket("resolved").svr_ids
        theirs = self.create_sent_svr(partner_id=self.other_company.id, asset_id=self.other_asset.id)
        seen = self.env["techsource.svr"].with_user(self.client_user).search([])
        self.assertEqual(seen & (mine | draft | theirs), mine)
        lines = self.env["techsource.svr.line"].with_user(self.client_user).search([])
        self.assertEqual(lines.svr_id & (mine | draft | theirs), mine)
        for hidden in (draft, theirs):
            with self.assertRaises(AccessError):
                hidden.with_user(self.client_user).read(["summary"])

    def test_client_sees_no_billing(self):
        svr = self.create_approved_svr()
        for name in ("billing_state", "invoice_line_ids"):
            for user in (self.client_user, self.support, self.operations):
                with self.assertRaises(AccessError):
                    svr.with_user(user).read([name])

    def test_client_cannot_decide_through_write(self):
        svr = self.create_sent_svr().with_user(self.client_user)
        with self.assertRaises(UserError):
            svr.write({"state": "approved"})

    def test_support_sees_reports_of_own_teams(self):
        svr = self.create_sent_svr()
        self.assertEqual(svr.with_user(self.support_colleague).name, svr.name)
        outsider = self.support_colleague.copy({"login": "psa_test_outsider"})
        self.team.user_ids -= outsider
        self.assertFalse(self.env["techsource.svr"].with_user(outsider).search([("id", "=", svr.id)]))

    def test_client_sees_no_agreement_line_of_others(self):
        mine, theirs = make_agreements(self)
        seen = self.env["contract.line"].with_user(self.client_user).search([])
        self.assertEqual(seen & (theirs | mine).contract_line_ids, mine.contract_line_ids)

    def test_client_does_not_see_whether_time_is_approved(self):
        with self.assertRaises(AccessError):
            self.create_sent_svr().line_ids.with_user(self.client_user).read(["approval_state"])
