import json
import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.hub.lanes import choose_lane
from ...tools.text import clean_line, replace_half_characters

_COLUMNS = (
    "uuid",
    "connection_id",
    "dedupe_key",
    "event_type",
    "device_key",
    "lane",
    "source",
    "correlation_id",
    "raw",
    "headers",
    "state",
    "received_at",
    "create_date",
)

_COLUMN_LIST = SQL(", ").join(map(SQL.identifier, _COLUMNS))

_PLACEHOLDERS = ", ".join(["%s"] * len(_COLUMNS))


class PsaHubInbox(models.Model):
    """How messages get into the inbox: each once, even when two transactions store the same one at the same time."""

    _inherit = "psa.hub.inbox"

    @api.model
    def _store(
        self, connection, dedupe_key, event_type, raw, headers, device_key="", correlation_id=None, source="webhook"
    ):
        """Store a message; returns (its uuid, whether it is new)."""
        row = self._prepare_row(
            connection.id,
            dedupe_key,
            event_type,
            raw,
            device_key=device_key,
            headers=headers,
            correlation_id=correlation_id,
            source=source,
        )
        if self._insert_row(row):
            return row["uuid"], True
        return self._find_known(connection, [dedupe_key])[dedupe_key], False

    @api.model
    def _store_many(self, connection, incoming):
        """Store messages that were fetched (`Incoming`), and have them worked; returns how many of them are new."""
        incoming = list(incoming)
        known = self._find_known(connection, [message.dedupe_key for message in incoming])
        rows = [
            self._prepare_row(
                connection.id,
                message.dedupe_key,
                message.event_type,
                replace_half_characters(json.dumps(message.payload, ensure_ascii=False)),
                device_key=message.device_key,
                source=message.source,
            )
            for message in incoming
            if message.dedupe_key not in known
        ]
        count = self._insert_rows(rows) if rows else 0
        if count:
            self._wake_after_commit(connection)
        return count

    @api.model
    def _store_unsettled(self, connection, incoming):
        """Store messages about something that a person has to settle, which every poll finds again under the same key.

        When it is found after its message is done, it is unsettled once more: that message gives up its key, and a new
        one is stored. A message that waits, is dead or was set aside keeps its key, so nothing is stored twice.
        """
        incoming = list(incoming)
        self.flush_model(["state"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE psa_hub_inbox SET dedupe_key = dedupe_key || ':' || id
                WHERE connection_id = %s AND dedupe_key = ANY(%s) AND state = %s
                """,
                connection.id,
                [message.dedupe_key for message in incoming],
                self._done_state,
            ),
            log_exceptions=False,
        )
        self.invalidate_model(["dedupe_key"])
        return self._store_many(connection, incoming)

    @api.model
    def _prepare_row(
        self,
        connection_id,
        dedupe_key,
        event_type,
        raw,
        *,
        device_key="",
        headers=None,
        correlation_id=None,
        source="poll",
    ):
        now = fields.Datetime.now()
        message_uuid = str(uuid.uuid4())
        device_key = clean_line(device_key or "")[:255]
        return {
            "uuid": message_uuid,
            "connection_id": connection_id,
            "dedupe_key": dedupe_key,
            "event_type": clean_line(event_type or "")[:64],
            "device_key": device_key or None,
            "lane": choose_lane(connection_id, device_key or dedupe_key),
            "source": source,
            "correlation_id": correlation_id or message_uuid,
            "raw": self.env["psa.hub.connection"].browse(connection_id)._mask_raw(raw),
            "headers": json.dumps(headers or {}),
            "state": self._waiting_state,
            "received_at": now,
            # No create_uid: PostgreSQL would look the user up and lock its row for each message.
            "create_date": now,
        }

    @api.model
    def _find_known(self, connection, dedupe_keys):
        """{key: uuid} of those messages that are stored already.

        A SELECT never waits. An INSERT of a duplicate would: while a message is being worked its row is locked, and
        the sender would get its answer only when the whole batch is worked.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT dedupe_key, uuid FROM psa_hub_inbox WHERE connection_id = %s AND dedupe_key IN %s",
                connection.id,
                tuple(dedupe_keys) or (None,),
            )
        )
        return dict(rows)

    @api.model
    def _insert_row(self, row):
        """Insert the row unless its key is known, in one statement; returns whether it was inserted."""
        insert = SQL(
            """
            INSERT INTO psa_hub_inbox (%s) SELECT %s
            WHERE NOT EXISTS (SELECT 1 FROM psa_hub_inbox WHERE connection_id = %s AND dedupe_key = %s)
            ON CONFLICT (connection_id, dedupe_key) DO NOTHING
            """,
            _COLUMN_LIST,
            SQL(_PLACEHOLDERS, *map(row.get, _COLUMNS)),
            row["connection_id"],
            row["dedupe_key"],
        )
        # The same message at the same time is a serialization failure, after which Odoo starts the request again.
        self.env.cr.execute(insert, log_exceptions=False)
        return bool(self.env.cr.rowcount)

    @api.model
    def _insert_rows(self, rows):
        """Insert the rows whose keys are not known; returns how many were inserted."""
        insert = SQL(
            "INSERT INTO psa_hub_inbox (%s) VALUES %s ON CONFLICT (connection_id, dedupe_key) DO NOTHING",
            _COLUMN_LIST,
            SQL(", ").join(tuple(map(row.get, _COLUMNS)) for row in rows),
        )
        # Serialization failures are expected here, too, and Odoo repeats the transaction: nothing to log.
        self.env.cr.execute(insert, log_exceptions=False)
        return self.env.cr.rowcount
