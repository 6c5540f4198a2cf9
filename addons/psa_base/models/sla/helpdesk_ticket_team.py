from odoo import models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    def write(self, vals):
        """What the tickets of a team are promised depends on its lifecycle and on its working hours."""
        result = super().write(vals)
        if not {"lifecycle_id", "resource_calendar_id", "use_sla"}.isdisjoint(vals):
            self.env["helpdesk.ticket"]._replay_open_tickets([("team_id", "in", self.ids)])
        return result
