from odoo import models


class PsaLifecycle(models.Model):
    _inherit = "psa.lifecycle"

    def _get_staffed_stage_ids(self):
        """Return the stages that a ticket reaches only with an engineer, apart from those where it ends."""
        rules = self._get_rules()
        # Walk from the first stage along all moves that ask for no engineer; stages that are not reached need one.
        unstaffed, found = set(), {rules.initial_stage_id}
        while found:
            unstaffed |= found
            found = {
                to_id
                for from_id, to_id in rules.moves
                if from_id in unstaffed
                and not any(gate.check_name == "engineer_assigned" for gate in rules.get_gates(from_id, to_id))
            } - unstaffed
        return {from_id for from_id, _to_id in rules.moves} - unstaffed
