from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController


class TechsourceTicketController(HelpdeskTicketController):
    """Gives a ticket from the portal a team with a lifecycle when the client chose none."""

    def _prepare_submit_ticket_vals(self, **kw):
        vals = super()._prepare_submit_ticket_vals(**kw)
        if not vals.get("team_id"):
            team = self._get_portal_team(vals["company_id"])
            if team:
                vals.update(team_id=team.id, stage_id=team.lifecycle_id.initial_stage_id.id)
        return vals

    def _get_portal_team(self, company_id):
        # sudo: the provider decides which team takes the ticket; clients may not read teams.
        teams = request.env["helpdesk.ticket.team"].sudo()
        return teams.search(
            [
                ("show_in_portal", "=", True),
                ("lifecycle_id", "!=", False),
                ("company_id", "in", (False, company_id)),
            ],
            limit=1,
        )
