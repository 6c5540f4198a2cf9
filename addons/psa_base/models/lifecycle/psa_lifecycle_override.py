from odoo import api, fields, models

from ...tools.windows import CLOSE


class PsaLifecycleOverride(models.TransientModel):
    """The dialog in which an administrator puts a ticket into a stage against the rules."""

    _name = "psa.lifecycle.override"
    _description = "Override the lifecycle of a ticket"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    current_stage_id = fields.Many2one(related="ticket_id.stage_id", string="Current stage")
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        ondelete="cascade",
    )
    applicable_stage_ids = fields.Many2many(
        "helpdesk.ticket.stage", string="Applicable stages", compute="_compute_applicable_stage_ids"
    )
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="New stage",
        required=True,
        ondelete="cascade",
        domain="[('id', 'in', applicable_stage_ids)]",
    )
    reason = fields.Text(required=True, help="Kept on the ticket, with your name.")

    @api.depends("ticket_id")
    def _compute_team_id(self):
        for wizard in self:
            wizard.team_id = wizard.ticket_id.team_id

    @api.depends("team_id")
    def _compute_applicable_stage_ids(self):
        for wizard in self:
            wizard.applicable_stage_ids = wizard.team_id._get_applicable_stages()

    def action_override(self):
        for wizard in self:
            wizard.ticket_id.action_override_stage(wizard.stage_id, wizard.reason, team=wizard.team_id)
        return CLOSE
