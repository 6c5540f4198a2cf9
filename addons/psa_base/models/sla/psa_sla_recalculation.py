from odoo import api, fields, models

from ...tools.windows import CLOSE


class PsaSlaRecalculation(models.TransientModel):
    """The dialog that asks for a reason before the clocks of tickets are set anew from their history."""

    _name = "psa.sla.recalculation"
    _description = "Recalculate SLA clocks"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Tickets", readonly=True)
    ticket_count = fields.Integer(string="Number of tickets", compute="_compute_ticket_count")
    reason = fields.Text(required=True, help="Kept in the audit, with what the clocks said before and after.")

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if "ticket_ids" in fields and self.env.context.get("active_model") == "helpdesk.ticket":
            defaults["ticket_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return defaults

    @api.depends("ticket_ids")
    def _compute_ticket_count(self):
        for wizard in self:
            wizard.ticket_count = len(wizard.ticket_ids)

    def action_recalculate(self):
        for wizard in self:
            wizard.ticket_ids.check_access("write")
            wizard.ticket_ids._sla_rebuild(wizard.reason.strip())
        return CLOSE
