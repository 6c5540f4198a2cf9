from odoo import fields, models
from odoo.exceptions import UserError


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    billed_time_ids = fields.One2many(
        "techsource.billed.time", "time_id", string="Billed", readonly=True, groups="psa_base.group_accounts"
    )

    def _check_time_can_be_reset(self):
        result = super()._check_time_can_be_reset()
        # sudo: Operations take back approvals without a right to read invoices.
        billed = self.sudo().billed_time_ids
        if billed:
            raise UserError(
                self.env._(
                    "This time is on invoice %(invoices)s, so its approval stands. Ask Accounts to take it "
                    "off the invoice first.",
                    invoices=", ".join(billed.move_line_id.move_id.mapped("display_name")),
                )
            )
        return result
