from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.psa_base.series import AND, OR

TIME = [("time_id", "!=", False)]
OPEN_TIME = [*TIME, ("time_id.billed_time_ids", "=", False)]
OPEN_APPROVED_TIME = [*OPEN_TIME, ("time_id.approval_state", "=", "approved")]


class TechsourceSvr(models.Model):
    """How far the approved work of a report has come on its way to an invoice."""

    _inherit = "techsource.svr"

    invoice_line_ids = fields.One2many(
        "account.move.line",
        "techsource_svr_id",
        string="Invoice lines",
        readonly=True,
        groups="psa_base.group_accounts",
    )
    invoice_count = fields.Integer(
        string="Number of invoices", compute="_compute_invoice_count", groups="psa_base.group_accounts"
    )
    billing_state = fields.Selection(
        [
            ("waiting", "Waiting for time approval"),
            ("to_bill", "To bill"),
            ("billed", "Billed"),
            ("nothing", "No time to bill"),
        ],
        string="Billing",
        compute="_compute_billing_state",
        search="_search_billing_state",
        groups="psa_base.group_accounts",
        help="Reports that the client approved, of closed tickets, are billed once their time is approved.",
    )

    @api.depends("invoice_line_ids")
    def _compute_invoice_count(self):
        for svr in self:
            svr.invoice_count = len(svr.invoice_line_ids.move_id)

    @api.depends(
        "state",
        "ticket_id.stage_id",
        "line_ids.time_id.approval_state",
        "line_ids.time_id.billed_time_ids",
    )
    def _compute_billing_state(self):
        for svr in self:
            svr.billing_state = svr._get_billing_state()

    def _search_billing_state(self, operator, value):
        if operator not in ("=", "in"):
            return NotImplemented
        domains = {
            "waiting": [("line_ids", "any", OPEN_TIME), ("line_ids", "not any", OPEN_APPROVED_TIME)],
            "to_bill": [("line_ids", "any", OPEN_APPROVED_TIME)],
            "billed": [("line_ids", "any", TIME), ("line_ids", "not any", OPEN_TIME)],
            "nothing": [("line_ids", "not any", TIME)],
        }
        wanted = [value] if isinstance(value, str) else value
        approved = [("state", "=", "approved"), ("ticket_id.stage_id.closed", "=", True)]
        return AND([approved, OR([domains[state] for state in wanted])])

    def action_bill(self):
        """Bill the chosen reports, or all that can be billed when none is chosen."""
        reports = self or self.search([("billing_state", "=", "to_bill")])
        invoices = self.env["techsource.billing.rule"]._bill(reports)
        return invoices._get_records_action()

    def action_view_invoices(self):
        return self.invoice_line_ids.move_id._get_records_action()

    def _lock_for_billing(self):
        """Lock the reports and return them, without those that another run is billing now."""
        self.env.cr.execute(
            SQL("SELECT id FROM techsource_svr WHERE id IN %s FOR UPDATE SKIP LOCKED", tuple(self.ids) or (0,))
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    def _get_billing_state(self):
        if self.state != "approved" or not self.ticket_id.stage_id.closed:
            return False
        times = self.line_ids.time_id
        open_times = times.filtered(lambda time: not time.billed_time_ids)
        if not times:
            return "nothing"
        if not open_times:
            return "billed"
        return "to_bill" if "approved" in open_times.mapped("approval_state") else "waiting"

    def _get_times_to_bill(self):
        """Return the time entries of the report that are approved and on no invoice."""
        return self.line_ids.filtered_domain(OPEN_APPROVED_TIME).time_id
