from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    api_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Team for clients' programs",
        help="Tickets that a client's program opens go to this team, when the client made the key by itself in the "
        "portal. Empty: the first team that clients may choose.",
    )

    def _get_api_team(self):
        """The team for the tickets of a new key."""
        self.ensure_one()
        # sudo: a client who makes a key may not see all teams.
        company = self.sudo()
        return company.api_team_id or company.env["helpdesk.ticket.team"].search(
            [("company_id", "in", (False, company.id)), ("show_in_portal", "=", True)], limit=1
        )
