import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_round, groupby

from odoo.addons.psa_base.series import Constraint

_logger = logging.getLogger(__name__)


class TechsourceBillingRule(models.Model):
    """How the approved work of one team becomes invoice lines: which product, rounded how."""

    _name = "techsource.billing.rule"
    _description = "Billing rule"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    team_id = fields.Many2one("helpdesk.ticket.team", required=True, ondelete="cascade", check_company=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    product_id = fields.Many2one(
        "product.product",
        string="Labour product",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Its sales price is the price of an hour without GST; its sales tax is the GST.",
    )
    rounding_minutes = fields.Integer(
        string="Round up to (minutes)",
        default=15,
        help="The time of a report is rounded up to this increment. Zero bills the time as it is.",
    )

    _team_company_uniq = Constraint("unique(team_id, company_id)", "This team has a billing rule already.")
    _rounding_not_negative = Constraint(
        "check(rounding_minutes >= 0)", "Time cannot be rounded to a negative increment."
    )

    @api.model
    def _trigger_billing(self):
        """Run billing soon, in its own transaction and with its own rights."""
        # sudo: whoever closes a ticket may wake the job, which has rights of its own.
        self.env.ref("psa_techsource.ir_cron_techsource_bill").sudo()._trigger()

    @api.model
    def _cron_bill(self):
        self._bill(self.env["techsource.svr"].search([("billing_state", "=", "to_bill")]))

    @api.model
    def _bill(self, reports):
        """Draft one invoice a client for the approved, unbilled time of `reports`; return the invoices.

        A client whose invoice cannot be made is left for the next run and does not stop the others.
        """
        reports = reports._lock_for_billing().filtered(lambda svr: svr.billing_state == "to_bill")
        rules = {(rule.team_id, rule.company_id): rule for rule in self.search([])}
        invoices = self.env["account.move"]
        for (company, client), group in groupby(reports, lambda svr: (svr.company_id, svr.partner_id)):
            lines = [
                rule._prepare_invoice_line(svr) for svr in group if (rule := rules.get((svr.team_id, svr.company_id)))
            ]
            if not lines:
                continue
            try:
                with self.env.cr.savepoint():
                    invoices |= self.with_company(company)._create_invoice(client, lines)
            except UserError as error:
                _logger.warning("Work for %s is not billed: %s", client.display_name, error)
        return invoices

    def _create_invoice(self, client, lines):
        invoice = self.env["account.move"].create(self._prepare_invoice(client, lines))
        untaxed = invoice.invoice_line_ids.filtered(lambda line: not line.tax_ids)
        if untaxed:
            raise UserError(
                self.env._(
                    "%(product)s has no sales tax, so the sale would be missing on the activity statement. "
                    "Give the product a tax, GST free if need be.",
                    product=untaxed.product_id[:1].display_name,
                )
            )
        return invoice

    def _prepare_invoice(self, client, lines):
        return {
            "move_type": "out_invoice",
            "partner_id": client.address_get(["invoice"])["invoice"],
            "invoice_user_id": False,
            "invoice_line_ids": [Command.create(line) for line in lines],
        }

    def _prepare_invoice_line(self, svr):
        times = svr._get_times_to_bill()
        return {
            "product_id": self.product_id.id,
            "name": f"{svr.name} · {svr.ticket_id.number} · {svr.subject}",
            "quantity": self._get_hours_to_bill(svr, times),
            "techsource_svr_id": svr.id,
            "techsource_billed_time_ids": [Command.create({"time_id": time.id}) for time in times],
            "analytic_distribution": {str(account.id): 100 for account in self.team_id.project_id.account_id},
        }

    def _get_hours_to_bill(self, svr, times):
        """Return the report's approved hours, rounded as one sum, less the hours on earlier invoices."""
        earlier = svr.invoice_line_ids
        lines = svr.line_ids.filtered(lambda line: line.time_id in times | earlier.techsource_billed_time_ids.time_id)
        hours = sum(lines.mapped("hours"))
        if self.rounding_minutes:
            hours = float_round(hours, precision_rounding=self.rounding_minutes / 60, rounding_method="UP")
        return max(hours - sum(earlier.mapped("quantity")), 0)
