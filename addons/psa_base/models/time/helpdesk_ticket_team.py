from odoo import fields, models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    project_id = fields.Many2one(
        "project.project",
        string="Project for time",
        ondelete="restrict",
        domain="[('allow_timesheets', '=', True)]",
        groups="base.group_user",
        help="Time on the tickets of the team is booked on this project.",
    )
