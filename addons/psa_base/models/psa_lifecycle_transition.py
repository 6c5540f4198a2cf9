from odoo import api, fields, models

from ..series import Constraint


class PsaLifecycleTransition(models.Model):
    """An allowed move of a lifecycle: from one stage to another, by these roles, through these gates."""

    _name = "psa.lifecycle.transition"
    _description = "Lifecycle move"
    _inherit = ["psa.lifecycle.rules.mixin"]
    _order = "lifecycle_id, from_stage_id, to_stage_id, id"

    lifecycle_id = fields.Many2one("psa.lifecycle", required=True, index=True, ondelete="cascade")
    from_stage_id = fields.Many2one("helpdesk.ticket.stage", string="From", required=True, ondelete="restrict")
    to_stage_id = fields.Many2one("helpdesk.ticket.stage", string="To", required=True, ondelete="restrict")
    group_ids = fields.Many2many(
        "res.groups",
        string="Roles",
        help="Who may make the move. With no role, only the system makes it: scheduled jobs and automations.",
    )
    gate_ids = fields.Many2many(
        "psa.lifecycle.gate",
        string="Gates",
        help="What must be true of the ticket before it may move. Gates hold for everybody.",
    )

    _move_uniq = Constraint("unique(lifecycle_id, from_stage_id, to_stage_id)", "The lifecycle has this move already.")
    _stages_differ = Constraint("CHECK(from_stage_id <> to_stage_id)", "A move leads to another stage.")

    @api.depends("from_stage_id.name", "to_stage_id.name")
    def _compute_display_name(self):
        for move in self:
            move.display_name = f"{move.from_stage_id.name} → {move.to_stage_id.name}"
