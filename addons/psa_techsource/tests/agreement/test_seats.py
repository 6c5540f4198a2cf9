from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.psa_base.tests.queries import count_queries

from ..common import TechsourceCase


@tagged("post_install", "-at_install")
class TestSeats(TechsourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller = cls.env.ref("psa_techsource.user_billing")
        cls.product = cls.env["product.product"].search([("is_managed_seat", "=", True)], limit=1)
        cls.product.list_price = 89
        cls.agreement = cls.create_agreement(cls.client_company)

    @classmethod
    def create_agreement(cls, client, **values):
        return cls.env["contract.contract"].create(
            {
                "name": f"Managed services, {client.name}",
                "partner_id": client.id,
                "line_recurrence": True,
                "is_managed_service": True,
                **values,
            }
        )

    @classmethod
    def create_assets(cls, *names, client=None):
        return cls.env["psa.asset"].create(
            [{"name": name, "partner_id": (client or cls.client_company).id} for name in names]
        )

    def sync(self):
        """One run of the monthly job, with the rights that it has."""
        self.env["contract.contract"].with_user(self.biller)._cron_sync_seats()

    def get_notes(self, agreement=None):
        messages = (agreement or self.agreement).message_ids
        return [message.body for message in messages if "Managed seats" in (message.body or "")]

    @freeze_time("2026-12-15 01:00:00")
    def test_missing_line_is_added_with_the_count(self):
        self.create_assets("HD-LAB-1", "HD-LAB-2")
        self.sync()
        self.assertRecordValues(
            self.agreement.contract_line_ids,
            [
                {
                    "product_id": self.product.id,
                    "quantity": 3,
                    "price_unit": 89,
                    "recurring_rule_type": "monthly",
                    "recurring_invoicing_type": "pre-paid",
                    "date_start": fields.Date.to_date("2026-12-15"),
                    "recurring_next_date": fields.Date.to_date("2026-12-15"),
                }
            ],
        )

    def test_note_says_what_came_and_went(self):
        new = self.create_assets("HD-LAB-1", "HD-LAB-2")
        self.sync()
        new[0].state = "decommissioned"
        self.create_assets("HD-LAB-3")
        self.sync()
        first, second = reversed(self.get_notes())
        self.assertIn("0 → 3", first)
        self.assertIn("3 → 3", second)
        self.assertIn("Added: HD-LAB-3.", second)
        self.assertIn("Dropped: HD-LAB-1.", second)
        self.assertEqual(self.agreement.message_ids[0].author_id, self.biller.partner_id)

    def test_only_active_assets_of_the_client_count(self):
        kept, broken, gone, archived = self.create_assets("A", "B", "C", "D")
        broken.state, gone.state, archived.active = "maintenance", "decommissioned", False
        self.create_assets("X", "Y", client=self.other_company)
        self.sync()
        line = self.agreement.contract_line_ids
        self.assertEqual((line.quantity, line.seat_asset_ids), (2, self.asset | kept))

    def test_archived_asset_is_named_when_it_drops_out(self):
        self.sync()
        self.asset.active = False
        self.sync()
        self.assertIn("1 → 0", self.get_notes()[0])
        self.assertIn("Dropped: HD-RECEPTION.", self.get_notes()[0])

    def test_nothing_changed_writes_nothing(self):
        self.sync()
        line, notes = self.agreement.contract_line_ids, len(self.get_notes())
        self.env.flush_all()
        before = line.write_date
        with freeze_time("2027-01-15 01:00:00"):
            self.sync()
            self.env.flush_all()
        self.assertEqual((line.write_date, len(self.get_notes())), (before, notes))

    def test_all_assets_gone_bills_no_seat(self):
        self.sync()
        self.asset.state = "decommissioned"
        self.sync()
        self.assertEqual(self.agreement.contract_line_ids.quantity, 0)

    def test_agreements_that_are_no_managed_service_stay_as_they_are(self):
        plain = self.create_agreement(self.other_company, is_managed_service=False)
        self.sync()
        self.assertFalse(plain.contract_line_ids)

    def test_ended_line_is_left_and_a_new_one_added(self):
        self.sync()
        old = self.agreement.contract_line_ids
        with freeze_time("2030-03-15 01:00:00"):
            old.date_end = "2030-02-28"
            # OCA ends an agreement when all of its lines have ended, so another line keeps this one going.
            self.agreement.contract_line_ids = [
                Command.create({"product_id": self.product.id, "name": "Backup", "date_start": "2030-01-01"})
            ]
            self.agreement.contract_line_ids[-1].product_id = self.env["product.product"].create(
                {"name": "Backup", "type": "service"}
            )
            self.sync()
            self.assertEqual(len(self.agreement.contract_line_ids.filtered("is_managed_seat")), 2)
            self.assertEqual(old.quantity, 1)

    def test_seats_reach_the_invoice_with_gst(self):
        with freeze_time("2026-12-15 01:00:00"):
            self.create_assets("HD-LAB-1")
            self.sync()
            self.env["contract.contract"].with_user(self.biller).cron_recurring_create_invoice()
        invoice = self.agreement._get_related_invoices()
        self.assertRecordValues(
            invoice, [{"amount_untaxed": 178, "amount_tax": 17.8, "partner_id": self.client_company.id}]
        )

    def test_second_running_agreement_of_a_client_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "billed twice"):
            self.create_agreement(self.client_company)

    def test_recurrence_must_be_on_the_lines(self):
        with self.assertRaisesRegex(ValidationError, "recurrence on the lines"):
            self.create_agreement(self.other_company, line_recurrence=False)

    def test_without_seat_product_the_message_says_what_to_do(self):
        self.env["product.product"].search([("is_managed_seat", "=", True)]).is_managed_seat = False
        with self.assertRaisesRegex(UserError, "Mark a service"):
            self.agreement.with_user(self.accounts).action_sync_seats()

    def test_unchanged_run_takes_the_same_queries_for_one_and_for_ten(self):
        def count():
            self.sync()
            return count_queries(self.env, self.sync)

        alone = count()
        for number in range(9):
            client = self.env["res.partner"].create({"name": f"Client {number}", "is_company": True})
            self.create_assets(f"PC-{number}", client=client)
            self.create_agreement(client)
        self.assertLessEqual(count(), alone + 2)

    def test_agreements_are_invoiced_with_the_rights_of_accounts(self):
        self.assertEqual(self.env.ref("contract.contract_cron_for_invoice").user_id, self.biller)

    def test_cron_runs_on_the_fifteenth(self):
        cron = self.env.ref("psa_techsource.ir_cron_techsource_sync_seats")
        self.assertEqual((cron.interval_number, cron.interval_type, cron.nextcall.day), (1, "months", 15))
        self.assertEqual(cron.user_id, self.biller)
