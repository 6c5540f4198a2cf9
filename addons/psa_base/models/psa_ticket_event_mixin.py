from odoo import api, models

CREATED, STAGE_CHANGED = "ticket.created", "ticket.stage_changed"


class PsaTicketEventMixin(models.AbstractModel):
    """Tells clients' systems of their tickets, whichever way a ticket was made or moved."""

    _name = "psa.ticket.event.mixin"
    _description = "Events of a ticket"

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        self.env["psa.api.event"]._announce(CREATED, tickets)
        return tickets

    def write(self, vals):
        may_move = not {"stage_id", "team_id", "user_id"}.isdisjoint(vals)
        if not may_move or not self.env["psa.api.event"]._is_heard(STAGE_CHANGED):
            return super().write(vals)
        # sudo: a ticket that changes hands may leave the teams of the user on the way.
        tickets = self.sudo()
        left = {ticket: ticket.stage_id for ticket in tickets}
        result = super().write(vals)
        moved = tickets.filtered(lambda ticket: ticket.stage_id != left[ticket])
        self.env["psa.api.event"]._announce(STAGE_CHANGED, moved)
        return result
