"""PDFs as clients get them: the file that was kept, where one was, else one made on the spot.

The renderer is a program that fetches styles from this very server: were all workers busy with it, each would wait for
the others. So a part of them makes PDFs at a time, counted by the database for all processes and nodes, and who comes
then is told to come again.
"""

import logging
import re
from contextlib import contextmanager

from odoo import tools
from odoo.exceptions import UserError

from odoo.addons.psa_base.tools.locks import try_lock

_logger = logging.getLogger(__name__)

LOCK = "psa.client.documents"
# Seconds after which to ask again: a document is made in one or two; a renderer that is missing takes a person.
BUSY_WAIT = 3
BROKEN_WAIT = 300

_MADE_AT = re.compile(rb"/CreationDate \(D:[^)]*\)")


class DocumentNotReady(Exception):
    """A document cannot be made just now; try again in `seconds`."""

    def __init__(self, seconds):
        super().__init__(f"The document cannot be made at the moment: try again in {seconds} s.")
        self.seconds = seconds


def read_svr_pdf(svr):
    """The PDF of a service report, which the caller has been let in to: once approved, the one file for everybody."""
    # sudo: the template tells names of people and companies that clients may not look up.
    svr = svr.sudo()
    if svr.pdf_id:
        return svr.pdf_id.raw
    is_final = svr.state == "approved"
    if is_final and not svr._claim_pdf():
        raise DocumentNotReady(BUSY_WAIT)
    content = _render(svr, svr.ticket_id.commercial_partner_id, svr._PDF_REPORT)
    if not is_final:
        return _leave_out_time(content)
    svr._store_pdf(content)
    return content


def read_invoice_pdf(invoice):
    """The PDF of a posted invoice, which the caller has been let in to: the one that was sent, else as it prints.

    One that is made here is not kept: what is sent later may carry more than paper does.
    """
    # sudo: the template tells taxes, accounts and companies that clients may not look up.
    invoice = invoice.sudo()
    if invoice.invoice_pdf_report_id:
        return invoice.invoice_pdf_report_id.raw
    report = invoice.env["account.move.send"]._get_default_pdf_report_id(invoice)
    return _leave_out_time(_render(invoice, invoice.commercial_partner_id, report.report_name))


def _render(record, client, report_name):
    with _renderer(record.env, client):
        reports = record.env["ir.actions.report"].with_company(record.company_id)
        content, kind = reports._render_qweb_pdf(report_name, record.ids)
    if kind != "pdf":
        raise DocumentNotReady(BROKEN_WAIT)
    return content


def _leave_out_time(content):
    """The file without the moment of its making, in which alone it differs from one that is made of the same later.

    So who has it already is told so. Blanks keep the place of all that follows, by which readers find it.
    """
    return _MADE_AT.sub(lambda found: b" " * len(found.group()), content, count=1)


@contextmanager
def _renderer(env, client):
    """One of the turns to make PDFs, up to the end of the transaction."""
    state = env["ir.actions.report"].get_wkhtmltopdf_state()
    # "workers": a server with a single worker, which would wait for itself
    if state in ("install", "broken", "workers"):
        _logger.error("No PDF for a client: wkhtmltopdf is in state %r. See the installation guide.", state)
        raise DocumentNotReady(BROKEN_WAIT)
    turns = _count_turns()
    # no client takes more than half of them, or the only one
    own = any(try_lock(env, f"{LOCK}.{client.id}", turn) for turn in range(max(turns // 2, 1)))
    if not own or not any(try_lock(env, LOCK, turn) for turn in range(turns)):
        raise DocumentNotReady(BUSY_WAIT)
    try:
        yield
    except (OSError, UserError) as error:
        _logger.exception("No PDF for a client: wkhtmltopdf failed.")
        raise DocumentNotReady(BROKEN_WAIT) from error


def _count_turns():
    """Half of the workers; a server of threads has plenty."""
    return max(tools.config["workers"] // 2, 1) if tools.config["workers"] else 4
