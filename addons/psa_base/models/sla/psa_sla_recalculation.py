from odoo import api, fields, models

from ...tools.windows import CLOSE


class PsaSlaRecalculation(models.TransientModel):
    """A wish to set the clocks of tickets anew from their history, before it is carried out."""

    _name = "psa.sla.recalculation"
    _description = "Recalculate SLA clocks"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Tickets", readonly=True)
    ticket_count = fields.Integer(string="Number of tickets", compute="_compute_ticket_count")
    reason = fields.Text(required=True, help="Kept with what the clocks said before and say now.")

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
