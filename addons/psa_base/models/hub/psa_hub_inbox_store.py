import json
import uuid
import zlib

from odoo import api, fields, models
from odoo.tools import SQL

from ...const import LANES
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
    """How messages get into the inbox: each once, whoever stores the same one meanwhile."""

    _inherit = "psa.hub.inbox"

    @api.model
    def _store(
        self, connection, dedupe_key, event_type, raw, headers, device_key="", correlation_id=None, source="webhook"
    ):
        """Keep a message: its uuid, and whether it is new."""
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
        """Keep messages that were fetched (`Incoming`), and have them worked; how many of them are new."""
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
        """The same for what somebody has to settle, and is told again and again under one key until that is done.

        Told after that it is unsettled once more, so the message that is done makes room for another one under its
        key. One that waits, is dead or was set aside keeps its own, and nothing comes twice.
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
            "lane": _choose_lane(connection_id, device_key or dedupe_key),
            "source": source,
            "correlation_id": correlation_id or message_uuid,
            "raw": self.env["psa.hub.connection"].browse(connection_id)._mask_raw(raw),
            "headers": json.dumps(headers or {}),
            "state": self._waiting_state,
            "received_at": now,
            # no create_uid: it came from outside, and PostgreSQL would look the user up and lock it for each message
            "create_date": now,
        }

    @api.model
    def _find_known(self, connection, dedupe_keys):
        """The uuids of those messages that are here already, by key.

        A look never waits. An INSERT would: while a message is being worked, its row is about to change, and
        the sender of a duplicate would get its answer when the whole batch is through.
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
        """Whether the row was not there yet: a look and the INSERT in one statement."""
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
        # the same message at the same time is a serialization failure: Odoo starts the request again
        self.env.cr.execute(insert, log_exceptions=False)
        return bool(self.env.cr.rowcount)

    @api.model
    def _insert_rows(self, rows):
        """How many rows were not there yet."""
        insert = SQL(
            "INSERT INTO psa_hub_inbox (%s) VALUES %s ON CONFLICT (connection_id, dedupe_key) DO NOTHING",
            _COLUMN_LIST,
            SQL(", ").join(tuple(map(row.get, _COLUMNS)) for row in rows),
        )
        self.env.cr.execute(insert, log_exceptions=False)  # see above
        return self.env.cr.rowcount


def _choose_lane(connection_id, key):
    """The same for all messages of a device, and spread evenly."""
    return zlib.crc32(f"{connection_id}.{key}".encode()) % LANES
