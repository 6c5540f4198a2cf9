from odoo import models
from odoo.exceptions import UserError


class PsaStateMixin(models.AbstractModel):
    """A record whose `state` changes by one of two verbs and in no other way.

    `_update_state` is for people and for code that knows where the records are: all of them move, or none does.
    `_take_state` is for work that others may have done meanwhile: it moves those that are still there.
    """

    _name = "psa.state.mixin"
    _description = "Record with a state"

    def _update_state(self, allowed, target, **values):
        """Move the records from one of the `allowed` states to `target`, with the `values` that belong to it.

        Refused with one sentence when any of them is in another state.
        """
        for record in self:
            if record.state not in allowed:
                raise UserError(record._get_state_refusal(target))
        self._write_state({"state": target, **values})

    def _take_state(self, allowed, target, **values):
        """Move those of the records that are in one of the `allowed` states, and return them."""
        taken = self.filtered(lambda record: record.state in allowed)
        taken._write_state({"state": target, **values})
        return taken

    def _write_state(self, values):
        """Write a new state and what belongs to it. A model says here how it does that."""
        return self.write(values)

    def _get_state_refusal(self, target):
        """Why the record cannot go to `target` from where it is, in one sentence."""
        return self.env._(
            "%(name)s is “%(state)s” by now. Reload the page to see what happened.",
            name=self.display_name,
            state=self._get_state_label(self.state),
        )

    def _get_state_label(self, state):
        return dict(self._fields["state"]._description_selection(self.env))[state]
