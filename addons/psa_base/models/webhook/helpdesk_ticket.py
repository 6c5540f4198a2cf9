from odoo import api, models

from ...services.api.conversation import filter_comments

CREATED, STAGE_CHANGED, COMMENTED = "ticket.created", "ticket.stage_changed", "ticket.commented"


class HelpdeskTicket(models.Model):
    """Tells clients' systems of their tickets, whichever way a ticket was made, moved or commented on."""

    _inherit = "helpdesk.ticket"

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

    def _message_post_after_hook(self, message, msg_values):
        # before what the comment sets in motion, so that clients hear in the order of what happened
        comment = filter_comments(message)
        self.env["psa.api.event"]._announce(COMMENTED, comment)
        if comment:
            self._mark_as_changed()
        return super()._message_post_after_hook(message, msg_values)

    def _message_update_content(self, message, *args, **kwargs):
        result = super()._message_update_content(message, *args, **kwargs)
        if filter_comments(message):
            self._mark_as_changed()
        return result

    def _mark_as_changed(self):
        """Let programs that ask what has changed since a moment find the ticket with its new comment or file."""
        # sudo: clients comment on tickets that they cannot write on; an empty write sets nothing but who and when.
        self.sudo().write({})
