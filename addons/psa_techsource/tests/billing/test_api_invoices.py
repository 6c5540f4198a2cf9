from odoo import Command
from odoo.tests import tagged

from odoo.addons.psa_base.tests.queries import count_queries

from ..common import TechsourceApiCase


@tagged("post_install", "-at_install")
class TestApiInvoices(TechsourceApiCase):
    """Invoices, as a client's program sees them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gst = cls.env["account.chart.template"].ref("au_tax_sale_10")
        cls.invoice = cls.create_invoice(ref="PO-77")
        cls.theirs = cls.create_invoice(cls.other_company)

    @classmethod
    def create_invoice(cls, client=None, post=True, **values):
        line = {"name": "Work on site", "quantity": 1.5, "price_unit": 165, "tax_ids": [Command.set(cls.gst.ids)]}
        invoice = super().create_invoice(
            partner_id=(client or cls.client_company).id,
            invoice_date_due="2026-12-04",
            invoice_payment_term_id=False,
            invoice_line_ids=[Command.create(line)],
            **values,
        )
        if post:
            invoice.action_post()
        return invoice

    def list_numbers(self, query="", **options):
        response = self.call("GET", f"/invoices{query}", **options)
        self.assertEqual(response.status_code, 200, response.text)
        return [item["number"] for item in response.json()["items"]]

    def get(self, invoice):
        response = self.call("GET", f"/invoices/{invoice.id}")
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def pay(self, invoice, amount):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        wizard.create({"amount": amount, "payment_difference_handling": "open"})._create_payments()

    def test_invoice_is_read_to_the_cent(self):
        body = self.get(self.invoice)
        self.assertTrue(body.pop("updated_at").endswith("Z"))
        [line] = body.pop("lines")
        [tax] = body.pop("taxes")
        self.assertEqual(
            body,
            {
                "id": self.invoice.id,
                "number": self.invoice.name,
                "kind": "invoice",
                "reference": "PO-77",
                "payment_reference": self.invoice.payment_reference,
                "invoice_date": "2026-11-20",
                "due_date": "2026-12-04",
                "currency": "AUD",
                "amount_untaxed": "247.50",
                "amount_tax": "24.75",
                "amount_total": "272.25",
                "amount_due": "272.25",
                "payment_state": "not_paid",
            },
        )
        self.assertEqual((tax["base"], tax["amount"]), ("247.50", "24.75"))
        self.assertIn("GST", tax["name"])
        self.assertEqual(
            {name: line[name] for name in line if name not in ("unit", "taxes")},
            {
                "description": "Work on site",
                "quantity": "1.5",
                "unit_price": "165.00",
                "discount_percent": "0",
                "amount_untaxed": "247.50",
                "amount_total": "272.25",
                "svr": None,
            },
        )
        self.assertEqual(line["taxes"], [self.gst.name])

    def test_line_names_the_report_that_it_bills(self):
        svr = self.create_approved_svr()
        invoice = self.env["techsource.billing.rule"]._bill(svr.sudo())
        invoice.action_post()
        [line] = self.get(invoice)["lines"]
        self.assertEqual(line["svr"], {"id": svr.id, "number": svr.name})

    def test_lines_come_in_the_order_of_the_invoice_without_headings(self):
        invoice = self.create_invoice(post=False)
        invoice.invoice_line_ids = [
            Command.create({"display_type": "line_section", "name": "November", "sequence": 1}),
            Command.create({"name": "Travel", "price_unit": 0.125, "sequence": 2}),
        ]
        invoice.invoice_line_ids.filtered(lambda line: line.name == "Work on site").sequence = 3
        invoice.action_post()
        self.assertEqual([line["description"] for line in self.get(invoice)["lines"]], ["Travel", "Work on site"])

    def test_credit_note_is_told_as_one(self):
        credit = self.create_invoice(move_type="out_refund")
        body = self.get(credit)
        self.assertEqual((body["kind"], body["amount_total"], body["amount_due"]), ("credit_note", "272.25", "272.25"))
        self.assertEqual(body["taxes"][0]["amount"], "24.75")
        self.assertEqual(self.list_numbers("?kind=credit_note"), [credit.name])
        self.assertEqual(self.list_numbers("?kind=invoice"), [self.invoice.name])

    def test_payments_are_seen(self):
        self.pay(self.invoice, 100)
        body = self.get(self.invoice)
        self.assertEqual((body["payment_state"], body["amount_due"]), ("partial", "172.25"))
        self.assertEqual(self.list_numbers("?payment_state=partial"), [self.invoice.name])
        self.assertEqual(self.list_numbers("?payment_state=not_paid"), [])

    def test_payment_is_a_change(self):
        with self.clock_at("2026-11-25 10:00:00"):
            self.invoice.ref = "PO-78"
            self.env.flush_all()
        with self.clock_at("2026-11-26 10:00:00"):
            self.pay(self.invoice, 272.25)
            self.env.flush_all()
        self.assertEqual(self.get(self.invoice)["updated_at"], "2026-11-26T10:00:00Z")
        self.assertEqual(self.list_numbers("?updated_since=2026-11-26T00:00:00Z"), [self.invoice.name])

    def test_list_has_posted_ones_of_the_client(self):
        draft = self.create_invoice(post=False)
        cancelled = self.create_invoice(post=False)
        cancelled.button_cancel()
        bill = self.create_invoice(move_type="in_invoice")
        later = self.create_invoice(self.contact)
        self.assertEqual(self.list_numbers(), [later.name, self.invoice.name])
        for hidden in (draft, cancelled, bill, self.theirs):
            self.assert_problem(self.call("GET", f"/invoices/{hidden.id}"), 404)
            self.assert_problem(self.call("GET", f"/invoices/{hidden.id}/pdf"), 404)
        self.assertEqual(self.list_numbers(bearer=self.other_bearer), [self.theirs.name])

    def test_invoice_that_the_client_merely_follows_is_not_there(self):
        self.theirs.message_subscribe(self.client_company.ids)
        self.assertEqual(self.list_numbers(), [self.invoice.name])
        self.assert_problem(self.call("GET", f"/invoices/{self.theirs.id}"), 404)

    def test_number_is_looked_up(self):
        self.assertEqual(self.list_numbers(f"?number={self.invoice.name}"), [self.invoice.name])
        self.assertEqual(self.list_numbers(f"?number={self.theirs.name}"), [])
        self.assertEqual(self.list_numbers("?number=%25"), [])

    def test_more_invoices_take_no_more_queries(self):
        def count(limit):
            return count_queries(self.env, lambda: self.assertEqual(len(self.list_numbers(f"?limit={limit}")), limit))

        for _invoice in range(4):
            self.create_invoice()
        count(1)
        one = count(1)
        self.assertLessEqual(count(5), one)

    def test_key_without_the_scope_sees_none(self):
        self.api_key.scope_ids = self.api_key.scope_ids.filtered(lambda scope: scope.code != "invoices:read")
        for path in ("/invoices", f"/invoices/{self.invoice.id}", f"/invoices/{self.invoice.id}/pdf"):
            self.assert_problem(self.call("GET", path), 403)
