from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...series import Constraint


class PsaLifecycleTransition(models.Model):
    """An allowed move of a lifecycle: from one stage to another, by these roles, through these gates."""

    _name = "psa.lifecycle.transition"
    _description = "Lifecycle move"
    _inherit = ["psa.cached.mixin"]
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
    is_reply_move = fields.Boolean(
        string="On the client's reply",
        help="A message of the client makes this move by itself. The system makes it, and gates hold.",
    )

    _move_uniq = Constraint("unique(lifecycle_id, from_stage_id, to_stage_id)", "The lifecycle has this move already.")
    _stages_differ = Constraint("CHECK(from_stage_id <> to_stage_id)", "A move leads to another stage.")

    @api.constrains("is_reply_move", "from_stage_id", "lifecycle_id")
    def _check_reply_moves(self):
        """The client's reply leads from a stage to one other stage only."""
        replies = self.lifecycle_id.transition_ids.filtered("is_reply_move")
        for moves in replies.grouped(lambda move: (move.lifecycle_id, move.from_stage_id)).values():
            if len(moves) > 1:
                raise ValidationError(
                    self.env._(
                        "The client's reply can move a ticket from %(stage)s to one stage only, not to %(targets)s.",
                        stage=moves.from_stage_id.name,
                        targets=", ".join(moves.to_stage_id.mapped("name")),
                    )
                )

    @api.depends("from_stage_id.name", "to_stage_id.name")
    def _compute_display_name(self):
        for move in self:
            move.display_name = f"{move.from_stage_id.name} → {move.to_stage_id.name}"

    @api.model
    @tools.ormcache()
    def _get_reply_moves(self):
        """Where the client's reply takes a ticket, by (lifecycle, stage), as database ids."""
        # sudo: clients, whose reply moves the ticket, may not read the rules.
        moves = self.sudo().search([("is_reply_move", "=", True)])
        return {(move.lifecycle_id.id, move.from_stage_id.id): move.to_stage_id.id for move in moves}
