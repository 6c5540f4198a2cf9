from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    invoice_count = fields.Integer(
        string="Number of invoices", compute="_compute_invoice_count", groups="psa_base.group_accounts"
    )

    @api.depends("svr_ids.invoice_line_ids")
    def _compute_invoice_count(self):
        for ticket in self:
            ticket.invoice_count = len(ticket.svr_ids.invoice_line_ids.move_id)

    def action_view_invoices(self):
        return self.svr_ids.action_view_invoices()
