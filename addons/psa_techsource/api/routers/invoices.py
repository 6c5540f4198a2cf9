"""Posted invoices and credit notes of the key's client."""

from odoo import http
from odoo.tools import float_repr

from odoo.addons.psa_base.api.errors import Problem
from odoo.addons.psa_base.api.paging import paginate
from odoo.addons.psa_base.api.route import Answer, api_route
from odoo.addons.psa_base.api.schemas.common import in_utc, list_of

from ...services.client_documents import read_invoice_pdf
from ..documents import PDF, answer_pdf
from ..schemas.invoices import InvoiceLine, InvoiceOut, InvoiceQuery, InvoiceSummary, InvoiceSvr, InvoiceTax

KINDS = {"invoice": "out_invoice", "credit_note": "out_refund"}
MOVE_TYPES = {move_type: kind for kind, move_type in KINDS.items()}
# What Accounts tells itself about an unpaid invoice is not told to the client.
UNPAID = ("not_paid", "blocked", "invoicing_legacy")

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
        """Your posted invoices and credit notes, the newest first; lines and taxes are in each one's own answer."""
        domain = _get_domain(api_key)
        if query.kind:
            domain.append(("move_type", "=", KINDS[query.kind]))
        if query.payment_state:
            states = UNPAID if query.payment_state == "not_paid" else (query.payment_state,)
            domain.append(("payment_state", "in", states))
        if query.number:
            domain.append(("name", "=", query.number))
        invoices, next_cursor = paginate(api_key.env["account.move"], domain, query)
        items = [InvoiceSummary(**_get_summary(invoice)) for invoice in _open(invoices)]
        return Answer(InvoiceList(items=items, next_cursor=next_cursor))

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


def render_invoice(invoice):
    invoice = _open(invoice)
    lines = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product").sorted()
    return InvoiceOut(
        **_get_summary(invoice),
        lines=[_render_line(line) for line in lines],
        taxes=_render_taxes(invoice),
    )


def _open(invoices):
    # sudo: they are the client's own; currencies, taxes and units are told as the invoices print them.
    return invoices.sudo()


def _get_summary(invoice):
    return {
        "id": invoice.id,
        "number": invoice.name,
        "kind": MOVE_TYPES[invoice.move_type],
        "reference": invoice.ref or None,
        "payment_reference": invoice.payment_reference or None,
        "invoice_date": invoice.invoice_date,
        "due_date": invoice.invoice_date_due or None,
        "currency": invoice.currency_id.name,
        "amount_untaxed": _money(invoice, invoice.amount_untaxed),
        "amount_tax": _money(invoice, invoice.amount_tax),
        "amount_total": _money(invoice, invoice.amount_total),
        "amount_due": _money(invoice, invoice.amount_residual),
        "payment_state": "not_paid" if invoice.payment_state in UNPAID else invoice.payment_state,
        "updated_at": in_utc(invoice.write_date),
    }


def _render_line(line):
    invoice, svr = line.move_id, line.techsource_svr_id
    return InvoiceLine(
        description=line.name or "",
        quantity=_number(line.quantity),
        unit=line.product_uom_id.name or None,
        unit_price=_number(line.price_unit, invoice.currency_id.decimal_places),
        discount_percent=_number(line.discount),
        taxes=[tax.name for tax in line.tax_ids],
        amount_untaxed=_money(invoice, line.price_subtotal),
        amount_total=_money(invoice, line.price_total),
        svr=InvoiceSvr(id=svr.id, number=svr.name) if svr else None,
    )


def _render_taxes(invoice):
    return [
        InvoiceTax(
            name=group["group_name"],
            base=_money(invoice, group["base_amount_currency"]),
            amount=_money(invoice, group["tax_amount_currency"]),
        )
        for subtotal in invoice.tax_totals["subtotals"]
        for group in subtotal["tax_groups"]
    ]


def _money(invoice, amount):
    """An amount to the cent, or what else the currency's smallest coin is."""
    return float_repr(invoice.currency_id.round(amount) + 0.0, invoice.currency_id.decimal_places)


def _number(value, min_digits=0):
    """A decimal number of up to six digits after the point, without zeros at its end that say nothing."""
    whole, _point, digits = float_repr(value + 0.0, 6).partition(".")
    digits = digits.rstrip("0").ljust(min_digits, "0")
    return f"{whole}.{digits}" if digits else whole


def _get_domain(api_key):
    """Posted ones of the key's client; the record rules also show what a client merely follows."""
    return [
        ("commercial_partner_id", "=", api_key.partner_id.id),
        ("move_type", "in", list(MOVE_TYPES)),
        ("state", "=", "posted"),
    ]
