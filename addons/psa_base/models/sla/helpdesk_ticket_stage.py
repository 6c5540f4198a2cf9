from odoo import models

from ...tools.cached import forget_cached


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    def write(self, vals):
        """Where a target is met depends on the order of the stages, and on which of them close a ticket."""
        result = super().write(vals)
        if not {"closed", "sequence"}.isdisjoint(vals):
            forget_cached(self.env)
            self.env["helpdesk.ticket"]._replay_before_commit()
        return result
