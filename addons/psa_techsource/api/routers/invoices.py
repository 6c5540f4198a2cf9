"""Posted invoices and credit notes of the key's client."""

from odoo import http

from odoo.addons.psa_base.api.errors import Problem
from odoo.addons.psa_base.api.paging import paginate
from odoo.addons.psa_base.api.route import Answer, api_route
from odoo.addons.psa_base.api.schemas.common import list_of

from ...services.api.documents import read_invoice_pdf
from ..documents import PDF, answer_pdf
from ..rendering import KINDS, UNPAID, render_invoice, render_invoice_summaries
from ..schemas.invoices import InvoiceOut, InvoiceQuery, InvoiceSummary

InvoiceList = list_of(InvoiceSummary)


class InvoiceRouter(http.Controller):
    @api_route(
        "/invoices",
        method="GET",
        scope="invoices:read",
        query=InvoiceQuery,
        answer=InvoiceList,
        summary="List invoices",
        tag="Invoices",
    )
    def list_invoices(self, api_key, query):
        """Your posted invoices and credit notes; lines and taxes are in each one's own answer.

        The newest first; with `updated_since`, in the order of their changes.
        """
        domain = _get_domain(api_key)
        if query.kind:
            domain.append(("move_type", "=", KINDS[query.kind]))
        if query.payment_state:
            states = UNPAID if query.payment_state == "not_paid" else (query.payment_state,)
            domain.append(("payment_state", "in", states))
        if query.number:
            domain.append(("name", "=", query.number))
        invoices, next_cursor = paginate(api_key.env["account.move"], domain, query)
        return Answer(InvoiceList(items=render_invoice_summaries(invoices), next_cursor=next_cursor))

    @api_route(
        "/invoices/<int:invoice_id>",
        method="GET",
        scope="invoices:read",
        answer=InvoiceOut,
        summary="Read an invoice",
        tag="Invoices",
    )
    def get_invoice(self, api_key, invoice_id):
        """An invoice with its lines and taxes."""
        return Answer(render_invoice(find_invoice(api_key, invoice_id)))

    @api_route(
        "/invoices/<int:invoice_id>/pdf",
        method="GET",
        scope="invoices:read",
        answer=PDF,
        summary="Print an invoice",
        tag="Invoices",
        errors=(503,),
    )
    def get_invoice_pdf(self, api_key, invoice_id):
        """The invoice as a PDF: the very file that was sent to you, where one was sent.

        Where it cannot be made at the moment, the answer is 503 with `Retry-After`.
        """
        invoice = find_invoice(api_key, invoice_id)
        return answer_pdf(read_invoice_pdf, invoice, f"{invoice.name.replace('/', '_')}.pdf")


def find_invoice(api_key, invoice_id):
    """The invoice, if it was posted to the key's client."""
    invoice = api_key.env["account.move"].search([("id", "=", invoice_id), *_get_domain(api_key)])
    if not invoice:
        raise Problem(404, "There is no such invoice.")
    return invoice


def _get_domain(api_key):
    """Posted invoices of the key's client. The record rules would add those that the client only follows."""
    return [
        ("commercial_partner_id", "=", api_key.partner_id.id),
        ("move_type", "in", list(KINDS.values())),
        ("state", "=", "posted"),
    ]
