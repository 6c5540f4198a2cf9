"""The events of this addon for clients' systems. An event holds what a GET of the same record answers."""

from odoo.addons.psa_base.tools.webhook.events import register_event

from .rendering import render_invoice, render_svr
from .schemas.invoices import InvoiceOut
from .schemas.svrs import SvrOut


def describe_svrs(svrs):
    return [render_svr(svr).model_dump(mode="json") for svr in svrs]


def describe_invoices(invoices):
    return [render_invoice(invoice).model_dump(mode="json") for invoice in invoices]


register_event(
    "svr.sent",
    "techsource.svr",
    SvrOut,
    describe_svrs,
    "A service report waits for the client",
    client_field="partner_id",
)
register_event("invoice.posted", "account.move", InvoiceOut, describe_invoices, "An invoice or credit note was posted")
