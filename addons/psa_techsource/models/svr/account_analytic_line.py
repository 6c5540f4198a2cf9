from odoo import api, fields, models
from odoo.exceptions import UserError

# What a service report copied from a time entry.
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
        """Refuse to change what a client was told: the report and the books would disagree."""
        # sudo: an engineer may be out of reach of the report, but not of its lock.
        reports = self.sudo().svr_line_ids.svr_id.filtered(lambda svr: svr.state in ("sent", "approved"))
        if reports:
            raise UserError(
                self.env._(
                    "This time is on %(reports)s, which the client has. Move the ticket back to work on it "
                    "before you change its time, or enter a new line.",
                    reports=", ".join(reports.mapped("name")),
                )
            )
