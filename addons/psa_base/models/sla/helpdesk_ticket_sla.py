import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...tools.calendar.working_time import HOUR
from ...tools.sla.clock import Clock, Target
from ...tools.sla.countdown import MET, PAUSED, RUNNING, count_down, count_down_to

# What OCA's states mean as the status of a countdown, for teams without a lifecycle.
OCA_STATUS = {"accomplished": MET, "in_progress": RUNNING, "on_hold": PAUSED, "expired": RUNNING}

# The columns that the engine writes, with their types in PostgreSQL.
COLUMNS = {
    "ticket_id": "int4",
    "sla_id": "int4",
    "layer": "varchar",
    "target": "varchar",
    "calendar_id": "int4",
    "expected_stage_id": "int4",
    "target_seconds": "int4",
    "hours": "float8",
    "consumed_seconds": "int4",
    "consumed_time": "float8",
    "running_since": "timestamp",
    "last_state_date": "timestamp",
    "met_at": "timestamp",
    "breached_at": "timestamp",
    "deadline": "timestamp",
    "state": "varchar",
    "alert_plan": "jsonb",
    "next_alert_at": "timestamp",
}


class HelpdeskTicketSla(models.Model):
    """A target of a ticket, with its clock.

    The engine in `helpdesk.ticket` alone writes the rows of tickets under a lifecycle, by SQL, for any
    number of tickets at once. It keeps OCA's own columns in step, so that OCA's views, filters and reports
    stay true. Rows of teams without a lifecycle are OCA's and have no clock of the engine.
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
        string="Missed on",
        readonly=True,
        help="The moment at which the target was missed, even if that was noticed later.",
    )
    alert_plan = fields.Json(
        string="SLA alerts to come",
        readonly=True,
        groups="base.group_user",
        help="Moments that the sweep has not come to yet: those of thresholds, and the breach, which has none.",
    )
    next_alert_at = fields.Datetime(
        string="Next SLA alert", readonly=True, index="btree_not_null", groups="base.group_user"
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
        """Only the engine writes rows under a lifecycle: say so where rights are asked for, not only in `write`."""
        if operation != "read" and (governed := self._filter_governed()):
            return governed, self._get_guard_error
        return super()._check_access(operation)

    def _stage_recompute(self):
        """OCA moves a clock on here; the engine has moved the clocks of governed tickets already."""
        if self._filter_governed():
            return None
        return super()._stage_recompute()

    def _filter_governed(self):
        # sudo: whether a row is the engine's does not depend on whether the user may read its ticket.
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
        """How the target stands now: by the engine's clock, or by OCA's deadline where there is no lifecycle."""
        self.ensure_one()
        if self.target_seconds:
            clock = Clock(
                self.consumed_seconds, self.running_since or None, self.met_at or None, self.breached_at or None
            )
            return count_down(clock, Target(self.target_seconds), self.calendar_id._get_working_time(), now)
        working_time = self.ticket_id.team_id.resource_calendar_id._get_working_time()
        consumed, target_seconds = round(self.consumed_time * HOUR), round(self.hours * HOUR)
        status = OCA_STATUS.get(self.state, PAUSED)
        # OCA leaves a missed target expired for ever. Once the ticket has reached the stage, the target is met, late.
        if self.state == "expired" and self.ticket_id.stage_id.sequence >= self.expected_stage_id.sequence:
            status = MET
        return count_down_to(self.deadline or None, status, consumed, target_seconds, working_time, now)

    # --- How the engine reads and writes rows: by SQL, one statement for any number of them. ---

    @api.model
    def _load_rows(self, ticket_ids):
        """The rows of the tickets, as dicts. The engine writes by SQL only, so no newer value waits in the cache."""
        names = ("id", "ticket_id", "sla_id", "layer", "target", "calendar_id", "target_seconds")
        names += ("consumed_seconds", "running_since", "met_at", "breached_at", "last_state_date", "alert_plan")
        query = SQL(
            "SELECT %s FROM helpdesk_ticket_sla WHERE ticket_id IN %s ORDER BY id",
            SQL(", ").join(map(SQL.identifier, names)),
            tuple(ticket_ids) or (0,),
        )
        return self.env.execute_query_dict(query)

    @api.model
    def _save_targets(self, targets):
        if not targets:
            return
        changes = SQL(", ").join(SQL("%s = new.%s", SQL.identifier(name), SQL.identifier(name)) for name in COLUMNS)
        self.env.cr.execute(
            SQL(
                """
                UPDATE helpdesk_ticket_sla AS old SET %s, write_uid = %s, write_date = %s
                FROM %s WHERE old.id = new.id
                """,
                changes,
                self.env.uid,
                self.env.cr.now(),
                self._to_table(targets),
            )
        )
        self.browse(target.row_id for target in targets).invalidate_recordset(flush=False)

    @api.model
    def _insert_targets(self, targets):
        if not targets:
            return
        columns = SQL(", ").join(map(SQL.identifier, COLUMNS))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO helpdesk_ticket_sla (%s, create_uid, create_date, write_uid, write_date)
                SELECT %s, %s, %s, %s, %s FROM %s
                """,
                columns,
                columns,
                self.env.uid,
                self.env.cr.now(),
                self.env.uid,
                self.env.cr.now(),
                self._to_table(targets),
            )
        )

    @api.model
    def _delete_rows(self, row_ids):
        if row_ids:
            # The cache may hold values of OCA's rows that a later flush would write to rows that are gone.
            self.flush_model()
            self.env.cr.execute(SQL("DELETE FROM helpdesk_ticket_sla WHERE id IN %s", tuple(row_ids)))
            self.browse(row_ids).invalidate_recordset(flush=False)

    @api.model
    def _release_rows(self, ticket_ids):
        names = ("calendar_id", "target_seconds", "consumed_seconds", "running_since", "met_at", "breached_at")
        names += ("alert_plan", "next_alert_at")
        query = SQL(
            "UPDATE helpdesk_ticket_sla SET %s WHERE ticket_id IN %s AND target_seconds IS NOT NULL RETURNING id",
            SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in names),
            tuple(ticket_ids),
        )
        row_ids = [row_id for (row_id,) in self.env.execute_query(query)]
        self.browse(row_ids).invalidate_recordset(flush=False)

    @api.model
    def _to_table(self, targets):
        """The targets as a table `new` in SQL: one parameter, however many targets there are."""
        types = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(type_)) for name, type_ in {"id": "int4", **COLUMNS}.items()
        )
        rows = json.dumps([target.to_row() for target in targets])
        return SQL("json_to_recordset(%s) AS new(%s)", rows, types)
