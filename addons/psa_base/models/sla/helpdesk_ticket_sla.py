from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.sla.sla_clock import Clock, Target
from ...tools.sla.sla_countdown import MET, PAUSED, RUNNING, count_down, count_down_to

HOUR = 3600
# OCA's states of a row, for teams without a lifecycle.
OCA_STATUS = {"accomplished": MET, "in_progress": RUNNING, "on_hold": PAUSED, "expired": RUNNING}


class HelpdeskTicketSla(models.Model):
    """A target of a ticket, with its clock.

    Under a lifecycle the rows are the engine's (`psa.sla.mixin`): it writes them by SQL, for any number
    of tickets at once, and nobody else does. OCA's own columns are kept in step, so its views, filters
    and reports stay true. Rows of teams without a lifecycle are OCA's and have no clock of ours.
    """

    _name = "helpdesk.ticket.sla"
    _inherit = ["psa.sla.row.mixin", "helpdesk.ticket.sla"]
    _order = "layer, deadline, id"

    ticket_id = fields.Many2one(index=True)
    sla_id = fields.Many2one(index=True)
    layer = fields.Selection(related="sla_id.layer", store=True, index=True)
    target = fields.Selection(related="sla_id.target", store=True)
    calendar_id = fields.Many2one(
        "resource.calendar", string="Service hours", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    target_seconds = fields.Integer(
        string="Seconds allowed", readonly=True, help="The working time that the target allows."
    )
    consumed_seconds = fields.Integer(
        string="Seconds used up", readonly=True, help="The working time used up when the ticket moved last."
    )
    running_since = fields.Datetime(
        string="Running since", readonly=True, help="Since when the clock runs; empty while it stands still."
    )
    met_at = fields.Datetime(string="Met on", readonly=True)
    breached_at = fields.Datetime(
        string="Missed on", readonly=True, help="When the target was missed, whoever noticed and when."
    )
    alert_plan = fields.Json(
        string="Alerts to come",
        readonly=True,
        groups="base.group_user",
        help="Moments still to be swept: the breach (without a threshold) and those of thresholds.",
    )
    next_alert_at = fields.Datetime(
        string="Next alert", readonly=True, index="btree_not_null", groups="base.group_user"
    )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._check_not_governed()
        return rows

    def write(self, vals):
        self._check_not_governed()
        result = super().write(vals)
        self._check_not_governed()
        return result

    def unlink(self):
        self._check_not_governed()
        return super().unlink()

    def _check_access(self, operation):
        """What no door lets through is no right, either."""
        if operation != "read" and (governed := self._filter_governed()):
            return governed, self._get_guard_error
        return super()._check_access(operation)

    def _stage_recompute(self):
        """OCA's way of moving a clock on; the engine has moved those of governed tickets already."""
        if self._filter_governed():
            return None
        return super()._stage_recompute()

    def _filter_governed(self):
        # sudo: the guard must see the tickets of all rows.
        return self.filtered(lambda row: row.sudo().ticket_id._get_lifecycle())

    def _check_not_governed(self):
        if self._filter_governed():
            raise self._get_guard_error()

    def _get_guard_error(self):
        return AccessError(
            self.env._(
                "The clocks of a ticket follow from its stages, so nobody can set them by hand. "
                "Correct the SLA rule or the calendar instead, then recalculate the ticket."
            )
        )

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
