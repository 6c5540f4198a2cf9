from odoo import api, fields, models
from odoo.exceptions import UserError

# The fields of a time entry that a service report copies.
REPORTED_FIELDS = frozenset({"date", "employee_id", "name", "ticket_id", "unit_amount", "user_id"})


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    svr_line_ids = fields.One2many("techsource.svr.line", "time_id", string="Service report lines")

    def write(self, vals):
        if not REPORTED_FIELDS.isdisjoint(vals):
            self._check_time_is_unreported()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reported(self):
        self._check_time_is_unreported()

    def _check_time_is_unreported(self):
        """Refuse to change time that a client was told of: report and time entry would disagree."""
        # sudo: the lock also holds for engineers who may not read the report.
        reports = self.sudo().svr_line_ids.svr_id.filtered(lambda svr: svr.state in ("sent", "approved"))
        if reports:
            raise UserError(
                self.env._(
                    "This time is on %(reports)s, which the client has. Move the ticket back to work on it "
                    "before you change its time, or enter a new line.",
                    reports=", ".join(reports.mapped("name")),
                )
            )
