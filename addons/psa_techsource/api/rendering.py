"""Records as the API shows them: the same in answers, in lists and in events."""

from odoo.tools import float_repr

from odoo.addons.psa_base.tools.html_text import html_to_text
from odoo.addons.psa_base.tools.text import to_rfc3339

from .schemas.invoices import InvoiceLine, InvoiceOut, InvoiceSummary, InvoiceSvr, InvoiceTax
from .schemas.svrs import SvrAsset, SvrLine, SvrOut, SvrTicket

KINDS = {"invoice": "out_invoice", "credit_note": "out_refund"}
# Accounts tell these states apart. A client is told of each that the invoice is not paid.
UNPAID = ("not_paid", "blocked", "invoicing_legacy")

_MOVE_TYPES = {move_type: kind for kind, move_type in KINDS.items()}


def render_svr(svr):
    # sudo: the report shows names of its engineer, asset and ticket, which clients may not read by themselves.
    svr = svr.sudo()
    return SvrOut(
        id=svr.id,
        number=svr.name,
        version=svr.version,
        state=svr.state,
        ticket=SvrTicket(id=svr.ticket_id.id, number=svr.ticket_id.number),
        asset=SvrAsset(id=svr.asset_id.id, hostname=svr.asset_name or svr.asset_id.name) if svr.asset_id else None,
        subject=svr.subject or "",
        summary=html_to_text(svr.summary),
        engineer=svr.user_id.name or svr.sent_by_id.name or None,
        lines=[_render_svr_line(line) for line in svr.line_ids],
        total_hours=round(svr.total_hours, 4),
        content_hash=svr.content_hash,
        sent_at=to_rfc3339(svr.sent_at),
        decided_at=to_rfc3339(svr.decided_at),
        decided_by=svr.decided_by_name or svr.decided_by_id.name or None,
        rejection_reason=svr.rejection_reason or None,
        updated_at=to_rfc3339(svr.write_date),
    )


def render_invoice(invoice):
    # sudo: the invoice shows its currency, taxes and units, which clients may not read by themselves.
    invoice = invoice.sudo()
    lines = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
    return InvoiceOut(
        **_get_summary(invoice),
        lines=[_render_invoice_line(line) for line in lines.sorted(lambda line: (line.sequence, line.id))],
        taxes=_render_taxes(invoice),
    )


def render_invoice_summaries(invoices):
    # sudo: the invoices show their currencies, which clients may not read by themselves.
    return [InvoiceSummary(**_get_summary(invoice)) for invoice in invoices.sudo()]


def _render_svr_line(line):
    return SvrLine(date=line.date, engineer=line.engineer, description=line.name, hours=round(line.hours, 4))


def _get_summary(invoice):
    return {
        "id": invoice.id,
        "number": invoice.name,
        "kind": _MOVE_TYPES[invoice.move_type],
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
        "updated_at": to_rfc3339(invoice.write_date),
    }


def _render_invoice_line(line):
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
    """An amount with as many decimals as its currency has."""
    return float_repr(invoice.currency_id.round(amount) + 0.0, invoice.currency_id.decimal_places)


def _number(value, min_digits=0):
    """A number with at most six digits after the point, and no zeros at its end but the `min_digits` first digits."""
    whole, _point, digits = float_repr(value + 0.0, 6).partition(".")
    digits = digits.rstrip("0").ljust(min_digits, "0")
    return f"{whole}.{digits}" if digits else whole
