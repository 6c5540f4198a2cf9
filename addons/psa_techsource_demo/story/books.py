"""What Accounts do: agreements with all clients, their monthly invoices, and invoices for approved work."""

from dateutil.relativedelta import relativedelta

from odoo import Command, fields

from .clients import CLIENTS

# How many working hours ago the agreements were signed: ten weeks, so that they were invoiced twice since then.
SIGNED = 400


class Books:
    """Agreements are invoiced on the first of a month, seats counted on the fifteenth, work billed when approved."""

    def __init__(self, world):
        self.world = world
        self.env = world.env_of("accounts")

    def get_steps(self, clock):
        signed = clock.hours_ago(SIGNED)
        return [
            (signed, self._sign_agreements),
            *((moment, self._invoice_agreements) for moment in clock.days_of_month(1, signed)),
            *((moment, self._count_seats) for moment in clock.days_of_month(15, signed)),
            *((clock.hours_ago(hours), self._invoice_work) for hours in (640, 410, 58, 2)),
            *((clock.hours_ago(hours), self._post_invoices) for hours in (638, 408, 180, 56)),
            (clock.hours_ago(30), self._register_payments),
        ]

    def _sign_agreements(self):
        backup = self._offer_backup()
        start = fields.Date.context_today(self.env.user) + relativedelta(months=1, day=1)
        agreements = self.env["contract.contract"].create(
            [
                {
                    "name": f"MSA-{number:03d} Managed services",
                    "code": f"MSA-{number:03d}",
                    "partner_id": self.world.ref(f"partner_{client.key}").id,
                    "payment_term_id": self.world.env.ref("account.account_payment_term_15days").id,
                    "contract_type": "sale",
                    "is_managed_service": True,
                    "line_recurrence": True,
                    "date_start": start,
                    "contract_line_ids": [Command.create(self._prepare_line(backup, start))],
                }
                for number, client in enumerate(CLIENTS, start=1)
            ]
        )
        self.world.name(
            {f"agreement_{client.key}": agreement for client, agreement in zip(CLIENTS, agreements, strict=True)}
        )
        self._count_seats()

    def _offer_backup(self):
        return self.world.env["product.product"].create(
            {
                "name": "Cloud backup, per month",
                "default_code": "BACKUP",
                "type": "service",
                "list_price": 240,
                "purchase_ok": False,
            }
        )

    def _prepare_line(self, product, start):
        return {
            "product_id": product.id,
            "name": f"{product.name} #START# to #END#",
            "quantity": 1,
            "uom_id": product.uom_id.id,
            "price_unit": product.lst_price,
            "date_start": start,
            "recurring_rule_type": "monthly",
            "recurring_interval": 1,
            "recurring_invoicing_type": "pre-paid",
        }

    def _count_seats(self):
        self._get_agreements().action_sync_seats()

    def _invoice_agreements(self):
        for agreement in self._get_agreements():
            agreement.recurring_create_invoice()

    def _invoice_work(self):
        self.env["techsource.svr"].action_bill()

    def _post_invoices(self):
        self.env["account.move"].search([("state", "=", "draft"), ("move_type", "=", "out_invoice")]).action_post()

    def _register_payments(self):
        """All clients pay for managed services, except one, who is always late."""
        invoices = self.env["account.move"].search(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("invoice_line_ids.contract_line_id", "!=", False),
                ("commercial_partner_id", "!=", self.world.ref("partner_grindstone").id),
            ]
        )
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoices.ids)
        wizard.create({"group_payment": False}).action_create_payments()

    def _get_agreements(self):
        return self.env["contract.contract"].search([("is_managed_service", "=", True)])
