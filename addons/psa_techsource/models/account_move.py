from odoo import api, fields, models

from odoo.addons.psa_base.tools.windows import open_list


class AccountMove(models.Model):
    _inherit = "account.move"

    svr_count = fields.Integer(compute="_compute_svr_count", string="Number of service reports")

    @api.depends("invoice_line_ids.techsource_svr_id")
    def _compute_svr_count(self):
        for move in self:
            move.svr_count = len(move.invoice_line_ids.techsource_svr_id)

    def action_view_svrs(self):
        self.ensure_one()
        domain = [("id", "in", self.invoice_line_ids.techsource_svr_id.ids)]
        return open_list(self.env, "psa_techsource.techsource_svr_action", domain)
