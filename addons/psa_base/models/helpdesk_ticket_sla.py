from odoo import fields, models

from ..tools.sla_clock import Clock, Target
from ..tools.sla_countdown import MET, PAUSED, RUNNING, count_down, count_down_to

HOUR = 3600
# OCA's states of a row, for teams without a lifecycle.
OCA_STATUS = {"accomplished": MET, "in_progress": RUNNING, "on_hold": PAUSED, "expired": RUNNING}


class HelpdeskTicketSla(models.Model):
    """A target of a ticket, with its clock.

    Under a lifecycle the rows are the engine's (`psa.sla.mixin`): it writes them by SQL, for any number
    of tickets at once, and nobody else does. OCA's own columns are kept in step, so its views, filters
    and reports stay true. Rows of teams without a lifecycle are OCA's and have no clock of ours.
    """

    _inherit = "helpdesk.ticket.sla"
    _order = "layer, deadline, id"

    ticket_id = fields.Many2one(index=True)
    sla_id = fields.Many2one(index=True)
    layer = fields.Selection(related="sla_id.layer", store=True, index=True)
    target = fields.Selection(related="sla_id.target", store=True)
    calendar_id = fields.Many2one(
        "resource.calendar", string="Service hours", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    target_seconds = fields.Integer(readonly=True, help="The working time that the target allows.")
    consumed_seconds = fields.Integer(readonly=True, help="The working time used up when the ticket moved last.")
    running_since = fields.Datetime(readonly=True, help="Since when the clock runs; empty while it stands still.")
    met_at = fields.Datetime(readonly=True)
    breached_at = fields.Datetime(readonly=True, help="When the target was missed, whoever noticed and when.")
    alert_plan = fields.Json(
        readonly=True,
        groups="base.group_user",
        help="Moments still to be swept: the breach (without a threshold) and those of thresholds.",
    )
    next_alert_at = fields.Datetime(readonly=True, index="btree_not_null", groups="base.group_user")

    def _count_down(self, now):
        """How the target stands now: by the engine's clock, or by OCA's deadline where no lifecycle is."""
        self.ensure_one()
        if self.target_seconds:
            clock = Clock(
                self.consumed_seconds, self.running_since or None, self.met_at or None, self.breached_at or None
            )
            return count_down(clock, Target(self.target_seconds), self.calendar_id._get_working_time(), now)
        working_time = self.ticket_id.team_id.resource_calendar_id._get_working_time()
        consumed, target_seconds = round(self.consumed_time * HOUR), round(self.hours * HOUR)
        status = OCA_STATUS.get(self.state, PAUSED)
        # A target that OCA has found expired stays so when the ticket gets to its stage.
        if self.state == "expired" and self.ticket_id.stage_id.sequence >= self.expected_stage_id.sequence:
            status = MET
        return count_down_to(self.deadline or None, status, consumed, target_seconds, working_time, now)
