from odoo import api, models

from ...services.api.conversation import filter_comments

CREATED, STAGE_CHANGED, COMMENTED = "ticket.created", "ticket.stage_changed", "ticket.commented"


class HelpdeskTicket(models.Model):
    """A ticket whose client is told when it is opened, reaches another stage or gets a comment, in whatever way."""

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
        # sudo: the user may not see the ticket any more when it has gone to another team.
        tickets = self.sudo()
        left = {ticket: ticket.stage_id for ticket in tickets}
        result = super().write(vals)
        moved = tickets.filtered(lambda ticket: ticket.stage_id != left[ticket])
        self.env["psa.api.event"]._announce(STAGE_CHANGED, moved)
        return result

    def _message_post_after_hook(self, message, msg_values):
        # The comment is announced before `super`, which may move the ticket: clients hear of both in this order.
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
        """Change `write_date`, so that programs that list recent changes find the ticket with its new comment."""
        # sudo: clients may comment on tickets and not write on them. An empty write sets only who wrote and when.
        self.sudo().write({})
