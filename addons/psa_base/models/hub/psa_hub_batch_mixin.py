import json
import logging
import time

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...adapters import ADAPTERS
from ...services.monitoring import rmm_intake
from ...tools.node import get_node
from ...tools.origin import Origin

_logger = logging.getLogger(__name__)


class PsaHubBatchMixin(models.AbstractModel):
    """Some messages of a lane, worked within one transaction: what they made is seen when all of it is there.

    Those of one device strictly in order: one that has to wait holds back those that came after it. What
    changes nothing is settled for all messages at once.
    """

    _name = "psa.hub.batch.mixin"
    _description = "Batch of received messages"

    BATCH_SIZE = 200
    # A batch that takes longer leaves the rest to the next one, so that what it did is seen in time.
    BATCH_SECONDS = 20

    @api.model
    def _work_batch(self, connection, lane=None):
        """Work the oldest messages that are due: how many were worked, and whether that was all."""
        deadline = time.monotonic() + self.BATCH_SECONDS
        rows = self._take_rows(connection, lane)
        held_back = {device_key for _id, device_key, is_held in rows if not is_held}
        messages = self.browse(
            message_id for message_id, device_key, _is_held in rows if not device_key or device_key not in held_back
        )
        settled = messages._settle_unchanged(connection)
        worked = len(settled)
        for message in messages - settled:
            if message.device_key and message.device_key in held_back:
                continue
            if time.monotonic() > deadline:
                return worked, False
            message._work()
            worked += 1
            if message.state == self._waiting_state:
                held_back.add(message.device_key)
        return worked, len(rows) < self.BATCH_SIZE

    @api.model
    def _take_rows(self, connection, lane):
        """(id, device, whether this transaction holds it) of messages in order of arrival.

        Not those that came after one of their device that waits for its next try.
        """
        self.flush_model(["connection_id", "device_key", "lane", "retry_at", "state"])
        query = SQL(
            """
            WITH due AS (
                SELECT id, device_key FROM psa_hub_inbox AS message
                WHERE connection_id = %(connection_id)s AND %(lane)s AND state = 'received'
                    AND (retry_at IS NULL OR retry_at <= %(now)s)
                    AND NOT EXISTS (
                        SELECT 1 FROM psa_hub_inbox AS earlier
                        WHERE earlier.connection_id = message.connection_id
                            AND earlier.device_key = message.device_key AND earlier.id < message.id
                            AND earlier.state = 'received' AND earlier.retry_at > %(now)s
                    )
                ORDER BY id LIMIT %(limit)s
            ), held AS (
                SELECT id FROM psa_hub_inbox WHERE id IN (SELECT id FROM due) FOR UPDATE SKIP LOCKED
            )
            SELECT due.id, due.device_key, held.id IS NOT NULL
            FROM due LEFT JOIN held ON held.id = due.id ORDER BY due.id
            """,
            connection_id=connection.id,
            lane=SQL("TRUE") if lane is None else SQL("lane = %s", lane),
            now=fields.Datetime.now(),
            limit=self.BATCH_SIZE,
        )
        try:
            self.env.cr.execute(query, log_exceptions=False)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.info("Messages of connection %s are changed by others: this batch starts again", connection.id)
            raise
        return self.env.cr.fetchall()

    def _settle_unchanged(self, connection):
        """Close those messages that change nothing, and return them: a constant number of queries.

        Of each device only what comes before its first message that does change something.
        """
        started_at, clock = fields.Datetime.now(), time.monotonic()
        unchanged = self._find_unchanged(connection)
        held_back, settled = set(), {}
        for message in self:
            if message.id in unchanged and message.device_key not in held_back:
                settled[message.id] = unchanged[message.id]
            elif message.device_key:
                held_back.add(message.device_key)
        if settled:
            duration = (time.monotonic() - clock) * 1000 / len(settled)
            self._settle(settled, started_at, int(duration))
        return self.browse(settled)

    def _find_unchanged(self, connection):
        """What is known to change nothing: by message, the asset that it is about."""
        events = [(message.id, event, message.received_at) for message in self if (event := message._parse())]
        worker = self._get_worker(connection).with_context(**Origin.HUB.context)
        try:
            with self.env.cr.savepoint():
                return rmm_intake.find_unchanged(worker, events) if events else {}
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            _logger.exception("What changes nothing was not found out: all is worked one by one")
            return {}

    def _parse(self):
        """The event in a message; None when it cannot be read, which working it alone will tell in words."""
        try:
            return ADAPTERS[self.connection_id.adapter].parse(json.loads(self.raw))
        except Exception:
            _logger.debug("Message %s cannot be read", self.uuid, exc_info=True)
            return None

    @api.model
    def _settle(self, assets, started_at, duration):
        """The door to `done` for many messages at once, `assets` by message, with an attempt for each."""
        self.env.cr.execute(
            SQL(
                """
                WITH done AS (
                    UPDATE psa_hub_inbox AS message
                    SET state = 'done', asset_id = told.asset_id, reason = NULL, retry_at = NULL, error_class = NULL,
                        mend = NULL, mend_values = NULL, write_uid = %(uid)s, write_date = %(now)s
                    FROM unnest(%(message_ids)s, %(asset_ids)s::int[]) AS told(message_id, asset_id)
                    WHERE message.id = told.message_id AND message.state = 'received'
                    RETURNING message.id
                )
                INSERT INTO psa_hub_attempt
                    (inbox_id, started_at, duration_ms, result, node, create_uid, create_date, write_uid, write_date)
                SELECT id, %(started_at)s, %(duration)s, 'done', %(node)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                FROM done ORDER BY id
                """,
                message_ids=list(assets),
                asset_ids=[asset_id or None for asset_id in assets.values()],
                started_at=started_at,
                duration=duration,
                node=get_node(),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.browse(assets).invalidate_recordset()

    @api.model
    def _get_worker(self, connection):
        """What a message may do is the integration user's to say, whoever has it worked."""
        user = self.env.ref("psa_base.user_integration")
        return connection.with_user(user).with_company(connection.company_id)
