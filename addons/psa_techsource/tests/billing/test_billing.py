import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.psa_base.tests.common import new_test_user

from ..common import TechsourceCase


@tagged("post_install", "-at_install")
class TestBilling(TechsourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["techsource.billing.rule"].search([("team_id", "=", cls.team.id)])
        cls.rule.write({"rounding_minutes": 15})
        cls.rule.product_id.list_price = 165
        cls.biller = cls.env.ref("psa_techsource.user_billing")

    def bill(self):
        """One run of the daily job, with the rights that it has."""
        known = self.get_invoices()
        self.rule.with_user(self.biller)._cron_bill()
        return self.get_invoices() - known

    def get_invoices(self):
        return self.env["account.move"].search([("move_type", "=", "out_invoice")])

    def test_approved_work_becomes_a_draft_invoice_with_gst(self):
        svr = self.create_approved_svr(hours=(1.1, 0.5))
        invoice = self.bill()
        self.assertRecordValues(
            invoice,
            [
                {
                    "state": "draft",
                    "partner_id": self.client_company.id,
                    "amount_untaxed": 288.75,
                    "amount_tax": 28.88,
                    "amount_total": 317.63,
                }
            ],
        )
        line = invoice.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.techsource_svr_id), (1.75, 165, svr))
        self.assertEqual(line.tax_ids, self.env.company.account_sale_tax_id)
        self.assertEqual(line.tax_ids.amount, 10)
        self.assertEqual(line.name, f"{svr.name} · {svr.ticket_id.number} · Printer prints blank pages")
        self.assertEqual(line.techsource_billed_time_ids.time_id, svr.line_ids.time_id)
        self.assertEqual(line.analytic_distribution, {str(self.project.account_id.id): 100})
        self.assertEqual(invoice.create_uid, self.biller)

    def test_posted_invoice_has_gst_of_a_tenth_to_the_cent(self):
        for hours in (0.25, 0.25, 0.25):
            self.create_approved_svr(hours=(hours,))
        self.rule.product_id.list_price = 40.20
        invoice = self.bill()
        invoice.with_user(self.accounts).action_post()
        # Three lines of 10.05 with GST of 1.005 each; rounded on each line it would be 3.03.
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (30.15, 3.02))

    def test_second_run_bills_nothing_again(self):
        svr = self.create_approved_svr()
        self.assertTrue(self.bill())
        self.assertFalse(self.bill())
        self.assertEqual(svr.with_user(self.accounts).billing_state, "billed")

    def test_each_client_gets_one_invoice_with_its_reports(self):
        mine = self.create_approved_svr() | self.create_approved_svr(hours=(2,))
        other_user = new_test_user(self.env, login="psa_test_other", groups="psa_base.group_client")
        other_user.partner_id.parent_id = self.other_company
        theirs = self.create_sent_svr(partner_id=other_user.partner_id.id, asset_id=self.other_asset.id)
        theirs.sudo().line_ids.time_id.with_user(self.operations).action_approve()
        theirs.with_user(other_user).action_approve("Bo Smith")
        invoices = self.bill()
        self.assertEqual(
            {invoice.partner_id: invoice.invoice_line_ids.techsource_svr_id for invoice in invoices},
            {self.client_company: mine, self.other_company: theirs},
        )

    def test_unapproved_time_is_never_billed(self):
        svr = self.create_approved_svr(hours=(1, 3), approved=1)
        line = self.bill().invoice_line_ids
        self.assertEqual(line.quantity, 1)
        self.assertEqual(svr.with_user(self.accounts).billing_state, "waiting")
        self.assertFalse(self.bill())
        (svr.line_ids.time_id - line.techsource_billed_time_ids.time_id).with_user(self.operations).action_approve()
        self.assertEqual(self.bill().invoice_line_ids.quantity, 3)
        self.assertEqual(svr.with_user(self.accounts).billing_state, "billed")

    def test_time_approved_later_is_rounded_with_the_rest(self):
        svr = self.create_approved_svr(hours=(0.2, 0.2), approved=1)
        self.assertEqual(self.bill().invoice_line_ids.quantity, 0.25)
        svr.line_ids.time_id[1:].with_user(self.operations).action_approve()
        self.assertEqual(self.bill().invoice_line_ids.quantity, 0.25)

    def test_report_without_approved_time_waits(self):
        svr = self.create_approved_svr(approved=0)
        self.assertFalse(self.bill())
        waiting = svr.with_user(self.accounts).search([("billing_state", "=", "waiting")])
        self.assertIn(svr, waiting)

    def test_states_found_are_the_states_computed(self):
        reports = self.env["techsource.svr"].with_user(self.accounts)
        made = {
            "billed": self.create_approved_svr(),
            "nothing": self.create_approved_svr(hours=()),
            False: self.create_sent_svr(),
        }
        self.bill()
        made["to_bill"] = self.create_approved_svr()
        made["waiting"] = self.create_approved_svr(approved=0)
        for state, svr in made.items():
            self.assertEqual(svr.with_user(self.accounts).billing_state, state)
            for other in ("to_bill", "waiting", "billed", "nothing"):
                found = reports.search([("billing_state", "=", other), ("id", "=", svr.id)])
                self.assertEqual(bool(found), other == state, (state, other))

    def test_rejected_or_waiting_report_is_not_billed(self):
        self.create_sent_svr().line_ids.time_id.with_user(self.operations).action_approve()
        rejected = self.create_sent_svr()
        rejected.line_ids.sudo().time_id.with_user(self.operations).action_approve()
        rejected.with_user(self.client_user).action_reject("Not done")
        self.assertFalse(self.bill())

    def test_deleted_draft_frees_its_time(self):
        svr = self.create_approved_svr()
        self.bill().with_user(self.accounts).unlink()
        self.assertEqual(svr.with_user(self.accounts).billing_state, "to_bill")
        self.assertTrue(self.bill())

    def test_time_cannot_be_on_two_invoice_lines(self):
        line = self.create_approved_svr() and self.bill().invoice_line_ids
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            line.techsource_billed_time_ids.copy()

    def test_unapproved_time_is_not_billed_by_hand(self):
        time = self.create_approved_svr(approved=0).line_ids.time_id
        billed = [Command.create({"time_id": time.id})]
        line = {"name": "Labour", "price_unit": 165, "techsource_billed_time_ids": billed}
        invoice = {
            "partner_id": self.client_company.id,
            "move_type": "out_invoice",
            "invoice_line_ids": [Command.create(line)],
        }
        with self.assertRaisesRegex(ValidationError, "not approved"):
            self.env["account.move"].with_user(self.accounts).create(invoice)

    def test_credit_note_does_not_claim_the_time(self):
        invoice = self.create_approved_svr() and self.bill()
        invoice.with_user(self.accounts).action_post()
        credit = invoice.with_user(self.accounts)._reverse_moves()
        self.assertFalse(credit.invoice_line_ids.techsource_billed_time_ids)

    def test_approval_of_billed_time_stands(self):
        svr = self.create_approved_svr()
        self.bill()
        with self.assertRaisesRegex(UserError, "invoice"):
            svr.line_ids.time_id.with_user(self.operations).action_reset_to_draft()

    def test_product_without_tax_is_refused_and_stops_no_other_client(self):
        svr = self.create_approved_svr()
        self.rule.product_id.taxes_id = False
        with self.assertLogs("odoo.addons.psa_techsource.models.billing.techsource_billing_rule", "WARNING") as logs:
            self.assertFalse(self.bill())
        self.assertIn("no sales tax", logs.output[0])
        self.assertEqual(svr.with_user(self.accounts).billing_state, "to_bill")

    def test_closing_wakes_billing_up(self):
        cron = self.env.ref("psa_techsource.ir_cron_techsource_bill")
        self.assertEqual(cron.user_id, self.biller)
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.create_approved_svr()
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), triggers + 1)

    def test_accounts_bills_by_the_button_and_others_do_not(self):
        svr = self.create_approved_svr()
        for role in ("support", "operations", "client"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                svr.with_user(self.users[role]).action_bill()
        action = svr.with_user(self.accounts).action_bill()
        self.assertEqual(action["res_id"], svr.with_user(self.accounts).invoice_line_ids.move_id.id)

    def test_billing_user_cannot_log_in(self):
        self.assertFalse(self.biller.active)
        self.assertFalse(self.biller.has_group("base.group_system"))

    def test_many_reports_take_no_more_queries_for_the_search(self):
        self.create_approved_svr()
        self.create_approved_svr()
        reports = self.env["techsource.svr"].with_user(self.accounts)
        self.env.invalidate_all()
        found = reports.search([("billing_state", "=", "to_bill")])
        with self.assertQueryCount(12):
            found.mapped("billing_state")
