from heapq import heapify, heapreplace

from odoo import fields, models


class PsaLifecycleAssignmentMixin(models.AbstractModel):
    """Gives tickets to people: to one, or to whoever of the team has the fewest open tickets."""

    _name = "psa.lifecycle.assignment.mixin"
    _description = "Assignment of tickets"

    assignment = fields.Selection(
        [("user", "To this person"), ("least_loaded", "To the team member with the fewest open tickets")],
        string="To whom",
        default="least_loaded",
    )
    user_id = fields.Many2one("res.users", string="Person", ondelete="restrict", domain=[("share", "=", False)])
    is_assignee_kept = fields.Boolean(
        string="Keep whoever is assigned", default=True, help="Only tickets that nobody works on are assigned."
    )

    def _assign(self, tickets):
        if self.is_assignee_kept:
            tickets = tickets.filtered(lambda ticket: not ticket.user_id)
        if self.assignment == "user":
            tickets.user_id = self.user_id.filtered("active")
            return
        for team, waiting in tickets.grouped("team_id").items():
            for user, theirs in self._share_out(waiting, team.user_ids.filtered("active")).items():
                theirs.user_id = user

    def _share_out(self, tickets, members):
        """The tickets by the member who gets them, each to the one with the fewest then."""
        shares = {}
        if not members:
            return shares
        open_tickets = [("user_id", "in", members.ids), ("stage_id.closed", "=", False)]
        counts = dict(tickets._read_group(open_tickets, ["user_id"], ["__count"]))
        loads = [(counts.get(member, 0), member.id) for member in members]
        heapify(loads)
        for ticket in tickets:
            count, user_id = loads[0]
            heapreplace(loads, (count + 1, user_id))
            member = members.browse(user_id)
            shares[member] = shares.get(member, tickets.browse()) | ticket
        return shares
