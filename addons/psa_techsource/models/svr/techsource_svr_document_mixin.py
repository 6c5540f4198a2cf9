from odoo import fields, models

from odoo.addons.psa_base.tools.locks import try_lock
from odoo.addons.queue_job.exception import RetryableJobError


class TechsourceSvrDocumentMixin(models.AbstractModel):
    """The PDF of a report: made anew as long as the report may change, kept once the client has approved it."""

    _name = "techsource.svr.document.mixin"
    _description = "PDF of a service report"

    _PDF_REPORT = "psa_techsource.techsource_svr_report"

    pdf_id = fields.Many2one(
        "ir.attachment",
        string="Kept PDF",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The file that was made when the client approved: everybody reads the same from then on.",
    )

    def _keep_pdf(self):
        """Render the approved report once and keep the file: see `retrieve_attachment` of the report."""
        for svr in self.filtered(lambda svr: svr.state == "approved" and not svr.pdf_id):
            if not svr._claim_pdf():
                raise RetryableJobError(f"The PDF of {svr.name} is being made.", seconds=10)
            content, _kind = self.env["ir.actions.report"]._render_qweb_pdf(self._PDF_REPORT, svr.ids)
            svr._store_pdf(content)

    def _claim_pdf(self):
        """Whether nobody else makes the file at this moment; nobody will, up to the end of the transaction."""
        return try_lock(self.env, "techsource.svr.pdf", self.id)

    def _store_pdf(self, content):
        pdf = self.env["ir.attachment"].create(
            {"name": f"{self.name}.pdf", "raw": content, "res_model": self._name, "res_id": self.id}
        )
        self._through_door().write({"pdf_id": pdf.id})

    def _get_report_base_filename(self):
        return self.name
