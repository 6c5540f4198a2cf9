import json

from odoo import api, models
from odoo.tools import SQL

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


class PsaSlaRowMixin(models.AbstractModel):
    """The engine's own way to the targets of tickets: by SQL, one statement for any number of them."""

    _name = "psa.sla.row.mixin"
    _description = "SLA targets, read and written by the engine"

    @api.model
    def _load_rows(self, ticket_ids):
        """The rows of the tickets, as dicts; nothing of them waits in the ORM's cache."""
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
            # OCA's rows may have values in the cache that would be written after them.
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
        """The targets as a table for SQL, named `new`: one parameter, however many there are."""
        types = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(type_)) for name, type_ in {"id": "int4", **COLUMNS}.items()
        )
        rows = json.dumps([target.to_row() for target in targets])
        return SQL("json_to_recordset(%s) AS new(%s)", rows, types)
