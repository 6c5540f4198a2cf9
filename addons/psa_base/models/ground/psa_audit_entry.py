from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.origin import find_request_id
from ...tools.text import lay_out
from ...tools.windows import open_form


class PsaAuditEntry(models.Model):
    """One act that somebody may have to answer for: who did what to which record, when and why."""

    _name = "psa.audit.entry"
    _description = "Audit entry"
    _inherit = ["psa.ledger.mixin"]
    _order = "id desc"
    _rec_name = "record_name"
    _log_access = False

    logged_at = fields.Datetime(string="When", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True, index=True, ondelete="restrict")
    kind = fields.Selection(
        [
            ("override", "Lifecycle override"),
            ("rules", "Change of rules"),
            ("recalculation", "Recalculation of SLA clocks"),
            ("deletion", "Deletion"),
            ("duties", "Separation of duties"),
            ("dead_letter", "Dead letter given to somebody"),
            ("set_aside", "Dead letter set aside"),
            ("api_key", "API key made or revoked"),
        ],
        string="What",
        required=True,
        readonly=True,
        index=True,
    )
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record number", model_field="model", required=True, readonly=True, index=True)
    record_name = fields.Char(
        string="Record", readonly=True, help="What the record was called then; it may be gone by now."
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="restrict")
    reason = fields.Text(required=True, readonly=True)
    before = fields.Text(readonly=True)
    after = fields.Text(readonly=True)
    request_id = fields.Char(
        readonly=True,
        help="The X-Request-Id of a request to the API. The answer and the log of the server have it, too.",
    )

    def action_open_record(self):
        self.ensure_one()
        if self.model not in self.env:
            raise UserError(self.env._("What this entry is about belongs to an app that is not installed any more."))
        return open_form(self.env[self.model].browse(self.res_id))

    @api.model
    def _log(self, records, kind, reason, before=None, after=None):
        """Add an entry for each record, in one statement, and return the entries.

        `before` and `after` are text, or data that is kept as JSON. Where they differ between records, they are
        functions of the record.
        """
        # sudo: the entry has the name of the record, which the user need not be allowed to read.
        return self._insert(
            [
                {
                    "logged_at": fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "kind": kind,
                    "model": record._name,
                    "res_id": record.id,
                    "record_name": record.display_name,
                    "company_id": record.company_id.id if "company_id" in record._fields else False,
                    "reason": reason,
                    "before": self._to_text(before, record),
                    "after": self._to_text(after, record),
                }
                for record in records.sudo()
            ],
            request_id=find_request_id(),
        )

    @api.model
    def _to_text(self, value, record):
        if callable(value):
            value = value(record)
        if value is None or isinstance(value, str):
            return value
        return lay_out(value)
