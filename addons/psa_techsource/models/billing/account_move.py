from odoo import api, fields, models

from odoo.addons.psa_base.tools.windows import open_list


class AccountMove(models.Model):
    _inherit = "account.move"

    # Indexed, because clients' programs list their own invoices again and again.
    commercial_partner_id = fields.Many2one(string="Commercial entity", index="btree_not_null")
    svr_count = fields.Integer(compute="_compute_svr_count", string="Number of service reports")

    @api.depends("invoice_line_ids.techsource_svr_id")
    def _compute_svr_count(self):
        for move in self:
            move.svr_count = len(move.invoice_line_ids.techsource_svr_id)

    def _post(self, soft=True):
        posted = super()._post(soft)
        invoices = posted.filtered(lambda move: move.is_sale_document())
        self.env["psa.api.event"]._announce("invoice.posted", invoices)
        return posted

    def action_view_svrs(self):
        self.ensure_one()
        domain = [("id", "in", self.invoice_line_ids.techsource_svr_id.ids)]
        return open_list(self.env, "psa_techsource.techsource_svr_action", domain)
