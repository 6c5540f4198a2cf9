from odoo.tests import tagged

from ..common import TechsourceCase


@tagged("post_install", "-at_install")
class TestSlaAgreement(TechsourceCase):
    """The promise of an agreement goes before all others, and no other client sees it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement, cls.other_agreement = (
            cls.env["contract.contract"].create({"name": f"Premium, {client.name}", "partner_id": client.id})
            for client in (cls.client_company, cls.other_company)
        )
        cls.promised, cls.promised_to_others = (
            cls.env["helpdesk.sla"].create(
                {
                    "name": f"Resolution, {agreement.name}",
                    "hours": 3,
                    "stage_id": cls.stages["resolved"].id,
                    "contract_ids": agreement.ids,
                }
            )
            for agreement in (cls.agreement, cls.other_agreement)
        )

    def get_promise(self, ticket):
        rows = ticket.sudo().ticket_sla_ids
        return rows.filtered(lambda row: (row.layer, row.target) == ("client", "resolution")).sla_id

    def test_agreement_of_the_client_wins(self):
        self.assertEqual(self.get_promise(self.create_ticket()), self.promised)

    def test_agreement_of_another_client_promises_nothing(self):
        self.promised.active = False
        promise = self.get_promise(self.create_ticket())
        self.assertTrue(promise)
        self.assertNotEqual(promise, self.promised_to_others)

    def test_client_sees_the_rule_of_the_own_agreement_only(self):
        rules = self.promised | self.promised_to_others
        seen = self.env["helpdesk.sla"].with_user(self.client_user).search([("id", "in", rules.ids)])
        self.assertEqual(seen, self.promised)
