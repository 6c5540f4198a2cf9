from odoo import SUPERUSER_ID, api, fields, models, tools

from ...tools.lifecycle.rules import Move, Rules


class PsaLifecycle(models.Model):
    """The moves between stages that the tickets of some teams may make.

    A ticket of such a team starts in the initial stage and moves along the transitions. Everything
    else is refused, whichever way the write came: see `lifecycle/helpdesk_ticket.py`.
    """

    _name = "psa.lifecycle"
    _description = "Ticket lifecycle"
    _inherit = ["psa.cached.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    initial_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="First stage",
        required=True,
        ondelete="restrict",
        help="Where every new ticket starts, and every ticket that comes from a team without this lifecycle.",
    )
    transition_ids = fields.One2many("psa.lifecycle.transition", "lifecycle_id", string="Moves", copy=True)
    action_ids = fields.One2many("psa.lifecycle.action", "lifecycle_id", string="Actions on arrival", copy=True)
    stage_ids = fields.Many2many("helpdesk.ticket.stage", string="Stages", compute="_compute_stage_ids")
    team_ids = fields.One2many("helpdesk.ticket.team", "lifecycle_id", string="Teams", readonly=True)

    @api.depends(
        "initial_stage_id.sequence",
        "transition_ids.from_stage_id.sequence",
        "transition_ids.to_stage_id.sequence",
    )
    def _compute_stage_ids(self):
        for lifecycle in self:
            moves = lifecycle.transition_ids
            others = moves.from_stage_id | moves.to_stage_id
            # The first stage leads, because OCA takes the first applicable stage for new tickets.
            lifecycle.stage_ids = lifecycle.initial_stage_id | others.sorted()

    @tools.ormcache("self.id")
    def _get_rules(self):
        # sudo: the rules bind whoever writes a ticket, also those who may not read them.
        lifecycle = self.sudo()
        moves = lifecycle.transition_ids
        return Rules(
            lifecycle.initial_stage_id.id,
            {
                (move.from_stage_id.id, move.to_stage_id.id): Move(
                    frozenset(move.group_ids.ids), tuple(move.gate_ids.ids)
                )
                for move in moves
            },
            {gate.id: gate._as_data() for gate in moves.gate_ids},
            {stage.id: tuple(actions.ids) for stage, actions in lifecycle.action_ids.grouped("stage_id").items()},
        )

    def _get_way_back(self, stage):
        """The stage to which a ticket goes back for more work; none where no move leads back.

        Of several stages, those that the user may move to come first, and of these the furthest on.
        """
        targets = self._get_rules().get_targets(stage.id) if self else ()
        back = stage.browse(targets).filtered(lambda to: not to.closed and to.sequence < stage.sequence)
        open_to_user = back.filtered(lambda to: not self._get_refusal(stage, to))
        return (open_to_user or back).sorted()[-1:]

    def _get_refusal(self, from_stage, to_stage):
        """Why the user may not make this move, in words; nothing if they may."""
        if to_stage.id not in self._get_rules().get_targets(from_stage.id):
            return self._explain_move(from_stage, to_stage)
        if not self._has_role_for(from_stage.id, to_stage.id):
            return self._explain_roles(from_stage, to_stage)
        return None

    def _has_role_for(self, from_id, to_id):
        """Whether the user's roles may make the move, if it is one of the lifecycle's.

        OdooBot has no role: scheduled jobs and automations that run as OdooBot may make every allowed move.
        Gates hold for it as for everybody.
        """
        move = self._get_rules().moves.get((from_id, to_id))
        if move is None or self.env.uid == SUPERUSER_ID:
            return True
        return not move.group_ids.isdisjoint(self.env.user._get_group_ids())

    def _get_reach(self, stage_id):
        """A ticket's stage and those that the user's roles may move it to; for a new ticket, the first one."""
        rules = self._get_rules()
        if not stage_id:
            return [rules.initial_stage_id]
        targets = rules.get_targets(stage_id)
        return [stage_id, *(target for target in targets if self._has_role_for(stage_id, target))]

    def _get_role_names(self, from_id, to_id):
        """The names of the roles that may make the move."""
        return self._name_roles(self._get_rules().moves[from_id, to_id].group_ids)

    def _name_roles(self, group_ids):
        # sudo: names of roles are no secret, and whoever is refused should learn whom to ask.
        groups = self.env["res.groups"].sudo().browse(group_ids)
        return groups.sorted("name").mapped("name")

    def _explain_move(self, from_stage, to_stage):
        stages = self.env["helpdesk.ticket.stage"].browse(self._get_rules().get_targets(from_stage.id))
        return self.env._(
            "%(from)s → %(to)s is not an allowed move. Allowed next stages: %(stages)s.",
            **{"from": from_stage.name or self.env._("No stage")},
            to=to_stage.name or self.env._("No stage"),
            stages=", ".join(stages.sorted().mapped("name")) or self.env._("none"),
        )

    def _explain_roles(self, from_stage, to_stage):
        return self.env._(
            "Your role may not move a ticket from %(from)s to %(to)s. Roles that may: %(roles)s.",
            **{"from": from_stage.name},
            to=to_stage.name,
            roles=", ".join(self._get_role_names(from_stage.id, to_stage.id)) or self.env._("none, only the system"),
        )
