import hashlib
import json

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import is_html_empty
from odoo.tools.mail import plaintext2html

from odoo.addons.psa_base.tools.locks import try_lock
from odoo.addons.queue_job.exception import RetryableJobError


class TechsourceSvr(models.Model):
    """What a report tells the client: a copy taken from the ticket, its fingerprint and its PDF.

    The PDF is made anew as long as the report may change, and kept once the client has approved it.
    """

    _inherit = "techsource.svr"

    _PDF_REPORT = "psa_techsource.techsource_svr_report"

    partner_id = fields.Many2one("res.partner", string="Client", readonly=True, index=True, ondelete="restrict")
    client_name = fields.Char(
        string="Name of the client", readonly=True, help="The client's name when the report was sent."
    )
    contact_id = fields.Many2one("res.partner", readonly=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", string="Engineer", readonly=True, index=True)
    asset_id = fields.Many2one("psa.asset", readonly=True, index=True, ondelete="restrict")
    asset_name = fields.Char(string="Name of the asset", readonly=True)
    subject = fields.Char(readonly=True)
    summary = fields.Html(string="What was done", readonly=True)
    line_ids = fields.One2many("techsource.svr.line", "svr_id", string="Time", readonly=True)
    total_hours = fields.Float(string="Hours", readonly=True)
    content_hash = fields.Char(
        string="Fingerprint",
        readonly=True,
        help="SHA-256 of what was sent. An approval is refused when the report no longer matches it.",
    )

    pdf_id = fields.Many2one(
        "ir.attachment",
        string="Kept PDF",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The file that was made when the client approved. Everybody gets this one from then on.",
    )

    def _take_snapshot(self):
        """Copy what was done from the tickets, without time that is on a report which the client approved."""
        told = self.env["techsource.svr.line"].search(
            [("time_id", "in", self.ticket_id.time_ids.ids), ("svr_id.state", "=", "approved")]
        )
        for svr in self:
            times = svr.ticket_id.time_ids - told.time_id
            values = svr._prepare_snapshot(times.sorted(lambda time: (time.date, time.id)))
            svr._through_door().write(values)

    def _prepare_snapshot(self, times):
        ticket = self.ticket_id
        # Taken from the contact, because a caller could write the copy that the ticket has.
        client = ticket.partner_id.commercial_partner_id
        return {
            "partner_id": client.id,
            "client_name": client.name,
            "contact_id": ticket.partner_id.id,
            "user_id": ticket.user_id.id,
            "asset_id": ticket.asset_id.id,
            "asset_name": ticket.asset_id.name,
            "subject": ticket.name,
            "summary": self._prepare_summary(times),
            "total_hours": sum(times.mapped("unit_amount")),
            "line_ids": [Command.clear(), *map(Command.create, self._prepare_lines(times))],
        }

    def _prepare_summary(self, times):
        """Return the engineer's own words, or what the time entries say when there are none."""
        if not is_html_empty(self.ticket_id.resolution):
            return self.ticket_id.resolution
        return plaintext2html("\n".join(dict.fromkeys(times.mapped("name"))))

    def _prepare_lines(self, times):
        return [
            {
                "time_id": time.id,
                "date": time.date,
                "engineer": time.employee_id.name or time.user_id.name,
                "name": time.name,
                "hours": time.unit_amount,
            }
            for time in times
        ]

    def _get_content(self):
        """Return all that the client is shown, in the form that the fingerprint is made of."""
        return {
            "report": self.name,
            "version": self.version,
            "ticket": self.ticket_id.number,
            "client": self.client_name,
            "subject": self.subject,
            "asset": self.asset_name or "",
            "summary": self.summary or "",
            "lines": self.line_ids._get_content(),
            "total_hours": f"{self.total_hours:.4f}",
        }

    def _hash_content(self):
        # sudo: the fingerprint is of all that was sent, also of what the reader of the report may not read.
        content = json.dumps(self.sudo()._get_content(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def _check_content(self):
        for svr in self:
            if svr._hash_content() != svr.content_hash:
                raise UserError(
                    self.env._(
                        "%(report)s is no longer what was sent to the client, so it cannot be approved. "
                        "Reject it and ask for a new report.",
                        report=svr.name,
                    )
                )

    # --- The PDF ---

    def _keep_pdf(self):
        """Render the approved report once and keep the file, which `retrieve_attachment` finds from then on."""
        for svr in self.filtered(lambda svr: svr.state == "approved" and not svr.pdf_id):
            if not svr._claim_pdf():
                raise RetryableJobError(f"The PDF of {svr.name} is being made.", seconds=10)
            content, _kind = self.env["ir.actions.report"]._render_qweb_pdf(self._PDF_REPORT, svr.ids)
            svr._store_pdf(content)

    def _claim_pdf(self):
        """Claim the making of the file until the end of the transaction; False when somebody else makes it now."""
        return try_lock(self.env, "techsource.svr.pdf", self.id)

    def _store_pdf(self, content):
        pdf = self.env["ir.attachment"].create(
            {"name": f"{self.name}.pdf", "raw": content, "res_model": self._name, "res_id": self.id}
        )
        self._through_door().write({"pdf_id": pdf.id})

    def _get_report_base_filename(self):
        return self.name
