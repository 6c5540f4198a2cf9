from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import TechsourceCase
from ..role_samples import make_agreements


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
