from odoo import models


class PsaLifecycleArrivalMixin(models.AbstractModel):
    """Has the actions run that wait for a ticket in its new stage: see `psa.lifecycle.action`."""

    _name = "psa.lifecycle.arrival.mixin"
    _description = "Arrival in a stage"

    def _lifecycle_after_move(self, from_stages):
        result = super()._lifecycle_after_move(from_stages)
        self._act_on_arrival(from_stages)
        return result

    def _act_on_arrival(self, from_stages):
        """Run the actions of the stage, each once for all tickets; a new ticket has no stage to come from."""
        # sudo: the system acts, whoever moved the ticket.
        tickets = self.sudo()
        if not any(
            lifecycle._get_rules().action_ids.keys() & set(tickets.stage_id.ids)
            for lifecycle in tickets.team_id.lifecycle_id
        ):
            return
        for (lifecycle, stage), arrived in tickets._group_by_place().items():
            action_ids = lifecycle._get_rules().action_ids.get(stage.id, ())
            for action in tickets.env["psa.lifecycle.action"].browse(action_ids):
                move = action.transition_id
                met = arrived.filtered(
                    lambda ticket, move=move: not move or from_stages.get(ticket.id) == move.from_stage_id
                )
                if met:
                    action._run(met)
