"""PDFs as clients get them: the kept file where there is one, else one made on the spot.

The renderer is a program that fetches styles from this very server. If all workers waited for it, nobody would serve
the styles. So only some workers make PDFs at the same time, and further callers are told to come again. The database
counts them, for all processes and nodes.
"""

import logging
import re
from contextlib import contextmanager

from odoo import tools
from odoo.exceptions import UserError

from odoo.addons.psa_base.tools.locks import try_lock

_logger = logging.getLogger(__name__)

LOCK = "psa.client.documents"
# Seconds after which a program may ask again: a document takes one or two; a missing renderer needs a person.
BUSY_WAIT = 3
BROKEN_WAIT = 300

_MADE_AT = re.compile(rb"/CreationDate \(D:[^)]*\)")


class DocumentNotReady(Exception):
    """A document cannot be made just now; try again in `seconds`."""

    def __init__(self, seconds):
        super().__init__(f"The document cannot be made at the moment: try again in {seconds} s.")
        self.seconds = seconds


def read_svr_pdf(svr):
    """The PDF of a service report that the caller may read. Of an approved one everybody gets the same file."""
    # sudo: the template prints names of people and companies that clients may not read.
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
    """The PDF of a posted invoice that the caller may read: the file that was sent, else one made now.

    One that is made here is not kept, because the file that is sent later may carry data besides the print.
    """
    # sudo: the template prints taxes, accounts and companies that clients may not read.
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
    """The file without the time of its making, so that the same document made twice is the same file.

    A program that has it already is then told so. Blanks take the place of the time, because readers of a PDF find
    its parts by their position.
    """
    return _MADE_AT.sub(lambda found: b" " * len(found.group()), content, count=1)


@contextmanager
def _renderer(env, client):
    """Hold one of the turns to make PDFs until the end of the transaction, or refuse."""
    state = env["ir.actions.report"].get_wkhtmltopdf_state()
    # In state "workers" the server has a single worker, which would wait for itself.
    if state in ("install", "broken", "workers"):
        _logger.error("No PDF for a client: wkhtmltopdf is in state %r. See the installation guide.", state)
        raise DocumentNotReady(BROKEN_WAIT)
    turns = _count_turns()
    # A client holds at most half of the turns, so that others come in as well. If there is one turn, it is for all.
    own = any(try_lock(env, f"{LOCK}.{client.id}", turn) for turn in range(max(turns // 2, 1)))
    if not own or not any(try_lock(env, LOCK, turn) for turn in range(turns)):
        raise DocumentNotReady(BUSY_WAIT)
    try:
        yield
    except (OSError, UserError) as error:
        _logger.exception("No PDF for a client: wkhtmltopdf failed.")
        raise DocumentNotReady(BROKEN_WAIT) from error


def _count_turns():
    """How many PDFs are made at the same time: as many as half of the workers; four without workers."""
    return max(tools.config["workers"] // 2, 1) if tools.config["workers"] else 4
