"""Documents as answers."""

from odoo.addons.psa_base.api.errors import Problem
from odoo.addons.psa_base.api.route import FileAnswer

from ..services.api.documents import DocumentNotReady

PDF = "application/pdf"


def answer_pdf(read, record, filename):
    """Answer with the file that `read` makes of the record, or with the problem that it cannot be made just now."""
    try:
        return FileAnswer(read(record), PDF, filename)
    except DocumentNotReady as error:
        raise Problem(
            503, str(error), kind="document-not-ready", headers={"Retry-After": str(error.seconds)}
        ) from error
