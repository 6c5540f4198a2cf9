from odoo import Command
from odoo.tests import tagged

from odoo.addons.psa_base.tests.common import SameCursorMixin
from odoo.addons.psa_base.tests.webhook.common import SubscriptionMixin

from ..common import TechsourceApiCase, TechsourceCase


class EventsMixin(SubscriptionMixin):
    """A webhook that is subscribed to all events."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription.event_ids = [Command.set(cls.env["psa.api.event"].search([]).ids)]

    def get_told_of(self, code):
        return [message.payload["data"] for message in self.get_told() if message.payload["type"] == code]


@tagged("post_install", "-at_install")
class TestTechsourceEvents(SameCursorMixin, EventsMixin, TechsourceCase):
    """Clients' systems are told of reports and invoices of their own."""

    def test_sent_report_is_told_and_its_draft_is_not(self):
        ticket = self.create_ticket("in_progress")
        self.create_time(ticket)
        self.walk(ticket, "resolved")
        self.assertFalse(self.get_told_of("svr.sent"))
        self.walk(ticket, "svr_pending")
        [report] = self.get_told_of("svr.sent")
        self.assertEqual((report["number"], report["state"]), (ticket.svr_ids.name, "sent"))

    def test_posted_invoice_is_told_with_its_amounts(self):
        invoice = self.create_invoice()
        self.assertFalse(self.get_told_of("invoice.posted"))
        invoice.action_post()
        [told] = self.get_told_of("invoice.posted")
        self.assertEqual((told["number"], told["amount_untaxed"]), (invoice.name, "300.00"))

    def test_invoices_of_others_and_bills_are_not_told(self):
        self.create_invoice(partner_id=self.other_company.id).action_post()
        self.create_invoice(move_type="in_invoice").action_post()
        self.assertFalse(self.get_told_of("invoice.posted"))

    def test_credit_note_is_told_as_one(self):
        self.create_invoice(move_type="out_refund").action_post()
        [told] = self.get_told_of("invoice.posted")
        self.assertEqual(told["kind"], "credit_note")


@tagged("post_install", "-at_install")
class TestTechsourceEventsAsTheApiSays(EventsMixin, TechsourceApiCase):
    """An event says word for word what the API answers for the same record."""

    def test_events_hold_what_a_get_answers(self):
        svr = self.create_sent_svr()
        invoice = self.create_invoice()
        invoice.action_post()
        self.assertEqual(self.get_told_of("svr.sent"), [self.call("GET", f"/svrs/{svr.id}").json()])
        self.assertEqual(self.get_told_of("invoice.posted"), [self.call("GET", f"/invoices/{invoice.id}").json()])
