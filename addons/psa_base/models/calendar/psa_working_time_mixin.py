from odoo import api, models

from ...tools.cached import forget_cached


class PsaWorkingTimeMixin(models.AbstractModel):
    """A record that says when people work: SLA clocks of all workers count by a change of it at once."""

    _name = "psa.working.time.mixin"
    _description = "Part of the working time"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._forget_working_time()
        return records

    def write(self, vals):
        # Before the write for the calendars of the old values, and after it for those of the new ones.
        self._forget_working_time()
        result = super().write(vals)
        self._forget_working_time()
        return result

    def unlink(self):
        self._forget_working_time()
        return super().unlink()

    def _forget_working_time(self):
        if self:
            forget_cached(self.env)
            self.env["helpdesk.ticket"]._replay_before_commit(self._get_calendars())

    def _get_calendars(self):
        """The calendars whose hours these records are part of. `None` means all calendars."""
        return self.calendar_id
