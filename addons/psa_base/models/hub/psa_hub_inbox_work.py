import json
import logging
import time
from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ...series import cron_progress
from ...services.monitoring import rmm_intake
from ...tools.hub.wake_ups import WakeUps, choose_moment
from ...tools.node import get_node
from ...tools.origin import Origin
from ...tools.own_transaction import prepare_follow_up

# The messages of a device are all in one lane of its connection. Lanes do not wait for each other.
LANES = 4

_wake_ups = WakeUps()

_logger = logging.getLogger(__name__)


class PsaHubInbox(models.Model):
    """When the messages of a connection get worked: by a job for each lane that has some, and a cron behind it.

    What is committed is never without one of them. Who commits a message plans a job that starts later, or
    knows of one; a job sees all that was committed before it started. A job that dies is planned again by the
    runner of jobs, and what all of them missed is found by the cron.
    """

    _inherit = "psa.hub.inbox"

    @api.model
    def _wake_after_commit(self, connection):
        """Have the connection's messages worked soon after this transaction is in the database.

        Not within it: a job that started a moment earlier would not see the message, and yet count
        as the one that is going to work it. Should this get lost, the cron finds the message.
        """
        env, model, connection_id = self.env, self._name, connection.id
        key = (env.cr.dbname, model, connection_id)

        def plan():
            now = datetime.now(UTC).replace(tzinfo=None)
            if not _wake_ups.is_planned(key, now):
                prepare_follow_up(
                    env,
                    lambda env: env[model]._plan(connection_id, now, key),
                    f"No job for the messages of connection {connection_id}; the cron will work them",
                )()

        env.cr.postcommit.add(plan)

    @api.model
    def _plan(self, connection_id, now, key):
        """Make sure that a job is planned, and remember for when as soon as it is in the database.

        Who is planning one right now does it for this message too, which is committed already: a burst that
        reaches all processes at once makes one job and not one for each of them.
        """
        moment = choose_moment(now)
        may_plan, planned = self._look_for_plan(connection_id, self._identify_start(connection_id, moment))
        if not planned and not may_plan:
            _wake_ups.note_other(key, now)
            return
        if not planned:
            self._wake(self.env["psa.hub.connection"].browse(connection_id), moment)
            planned = moment
        self.env.cr.postcommit.add(lambda: _wake_ups.note(key, planned))

    @api.model
    def _look_for_plan(self, connection_id, identity):
        """Whether nobody else is planning, so that this transaction may; and when the job with this identity starts
        that has not started yet, None when there is none.

        It starts after what has been committed by now, however soon.
        """
        [(may_plan, planned)] = self.env.execute_query(
            SQL(
                """
                SELECT pg_try_advisory_xact_lock(hashtext(%s), %s), (
                    SELECT COALESCE(eta, date_created) FROM queue_job
                    WHERE identity_key = %s AND state IN ('pending', 'enqueued') LIMIT 1
                )
                """,
                f"{self._name}.plan",
                connection_id,
                identity,
            )
        )
        return may_plan, planned

    @api.model
    def _wake(self, connection, eta=None):
        """Enqueue a look at the connection's messages, unless it is enqueued already."""
        self.with_delay(
            eta=eta,
            description=self.env._("Look what a connection has received"),
            identity_key=self._identify_start(connection.id, eta),
        )._start(connection)

    @api.model
    def _identify_start(self, connection_id, moment):
        """Two names in turn: the next job can be planned while one is about to start, and never a third."""
        return f"{self._name}.start.{connection_id}.{moment.second % 2 if moment else 'now'}"

    @api.model
    def _wake_lane(self, connection, lane):
        """Enqueue the work on a lane, unless it is enqueued already."""
        self.with_delay(
            description=self.env._("Work the messages of a connection"),
            identity_key=f"{self._name}.drain.{connection.id}.{lane}",
        )._drain(connection, lane)

    @api.model
    def _start(self, connection):
        """See which lanes have something to do. A single one is worked at once, several by jobs of their own.

        No work beside the jobs of others: they are seen when this transaction ends, and work takes time.
        """
        lanes = self._find_due_lanes(connection)
        if len(lanes) == 1 and connection._try_lock_lanes(lanes):
            return self._drain(connection, lanes[0])
        for lane in lanes:
            self._wake_lane(connection, lane)
        return 0

    @api.model
    def _drain(self, connection, lane=None):
        """Work what a lane holds (all of them, when none is named), in order: one batch a job.

        One transaction at a time for a lane, or an alert could overtake its device's registration.
        Returns how many messages it worked.
        """
        if not connection._try_lock_lanes(range(LANES) if lane is None else [lane]):
            raise RetryableJobError("These messages are being worked already.", seconds=2, ignore_retry=True)
        worked, is_through = self._work_batch(connection, lane)
        if worked and not is_through:
            self._wake(connection) if lane is None else self._wake_lane(connection, lane)
        return worked

    @api.model
    def _find_due_lanes(self, connection):
        self.flush_model(["connection_id", "lane", "retry_at", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lane FROM generate_series(0, %(last)s) AS lane
                WHERE EXISTS (
                    SELECT 1 FROM %(table)s AS message
                    WHERE message.connection_id = %(connection_id)s AND message.lane = lane.lane
                        AND message.state = %(state)s
                        AND (message.retry_at IS NULL OR message.retry_at <= %(now)s)
                )
                """,
                last=LANES - 1,
                table=SQL.identifier(self._table),
                connection_id=connection.id,
                state=self._waiting_state,
                now=fields.Datetime.now(),
            )
        )
        return [lane for (lane,) in rows]

    @api.model
    def _get_due_domain(self):
        now = fields.Datetime.now()
        return [("state", "=", self._waiting_state), "|", ("retry_at", "=", False), ("retry_at", "<=", now)]

    @api.model
    def _cron_drain(self):
        """The safety net: messages whose job was lost, and those that are to be tried again."""
        due = self._read_group(self._get_due_domain(), ["connection_id", "lane"], ["__count"])
        remaining = sum(count for _connection, _lane, count in due)
        for connection, lane, _count in due:
            try:
                worked = self._drain(connection, lane)
            except RetryableJobError:
                continue  # a job is at it
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody touched the same records; the lanes before this one are committed
                self.env.cr.rollback()
                continue
            remaining -= worked
            cron_progress(self.env, worked, max(remaining, 0))

    # --- Some messages of a lane, worked within one transaction: what they made is seen when all of it is there. ---

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
            return self.connection_id._get_adapter().parse(json.loads(self.raw))
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
