import json
import logging
import time
from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ...series import cron_progress
from ...services.monitoring import events as monitoring_events
from ...tools.hub.lanes import LANES
from ...tools.hub.wake_ups import WakeUps, choose_moment
from ...tools.node import get_node
from ...tools.origin import Origin
from ...tools.own_transaction import prepare_follow_up

_wake_ups = WakeUps()

_logger = logging.getLogger(__name__)


class PsaHubInbox(models.Model):
    """When and how received messages are worked: a job for each lane that has messages, and a cron behind the jobs.

    Every committed message is covered by a planned job, and the cron finds what jobs missed. Whoever commits a message
    plans a job that starts later, or knows that one is planned; a job sees all that was committed before it started.
    """

    _inherit = "psa.hub.inbox"

    @api.model
    def _wake_after_commit(self, connection):
        """Plan a job for the connection's messages as soon as this transaction is committed.

        A job that is planned before the commit could start before it: it would not see the message, and yet count as
        the job that works it. If the process dies in between, the cron finds the message.
        """
        env, connection_id = self.env, connection.id
        key = (env.cr.dbname, connection_id)

        def plan():
            now = datetime.now(UTC).replace(tzinfo=None)
            if not _wake_ups.is_planned(key, now):
                prepare_follow_up(
                    env,
                    lambda env: env["psa.hub.inbox"]._plan_start(connection_id, now, key),
                    f"No job for the messages of connection {connection_id}; the cron will work them",
                )()

        env.cr.postcommit.add(plan)

    @api.model
    def _plan_start(self, connection_id, now, key):
        """Make sure that a job is planned, and remember its start once it is in the database.

        When another process is planning a job at this moment, that job covers this message too, which is committed
        already. So a burst of messages makes one job, however many processes receive it.
        """
        moment = choose_moment(now)
        may_plan, planned = self._find_planned_start(connection_id, self._get_start_key(connection_id, moment))
        if not planned and not may_plan:
            _wake_ups.remember_other(key, now)
            return
        if not planned:
            self._wake(self.env["psa.hub.connection"].browse(connection_id), moment)
            planned = moment
        self.env.cr.postcommit.add(lambda: _wake_ups.remember(key, planned))

    @api.model
    def _find_planned_start(self, connection_id, identity):
        """(whether this transaction may plan, when the job with this identity starts).

        It may not plan while another transaction does. The start is None when no such job waits. A job that waits
        starts after all that is committed by now.
        """
        [(may_plan, planned)] = self.env.execute_query(
            SQL(
                """
                SELECT pg_try_advisory_xact_lock(hashtext(%s), %s), (
                    SELECT COALESCE(eta, date_created) FROM queue_job
                    WHERE identity_key = %s AND state IN ('pending', 'enqueued') LIMIT 1
                )
                """,
                "psa.hub.inbox.plan",
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
            identity_key=self._get_start_key(connection.id, eta),
        )._start(connection)

    @api.model
    def _get_start_key(self, connection_id, moment):
        """The identity of the job: one of two, so that the next job can be planned while one is about to start."""
        return f"psa.hub.inbox.start.{connection_id}.{moment.second % 2 if moment else 'now'}"

    @api.model
    def _wake_lane(self, connection, lane):
        """Enqueue the work on a lane, unless it is enqueued already."""
        self.with_delay(
            description=self.env._("Work the messages of a connection"),
            identity_key=f"psa.hub.inbox.drain.{connection.id}.{lane}",
        )._drain(connection, lane)

    @api.model
    def _start(self, connection):
        """Find the lanes with messages to work. A single lane is worked here, several by a job each.

        With several lanes nothing is worked here: the jobs are only seen when this transaction ends, and working
        would delay that.
        """
        lanes = self._find_due_lanes(connection)
        if len(lanes) == 1 and connection._try_lock_lanes(lanes):
            return self._drain(connection, lanes[0])
        for lane in lanes:
            self._wake_lane(connection, lane)
        return 0

    @api.model
    def _drain(self, connection, lane=None):
        """Work one batch of a lane (of all lanes, when none is named), in order of arrival; returns how many messages.

        A lane has one transaction at a time: otherwise an alert could overtake the registration of its device.
        """
        if not connection._try_lock_lanes(range(LANES) if lane is None else [lane]):
            raise RetryableJobError("These messages are being worked already.", seconds=2, ignore_retry=True)
        worked, is_through = self._work_due_messages(connection, lane)
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
                    SELECT 1 FROM psa_hub_inbox AS message
                    WHERE message.connection_id = %(connection_id)s AND message.lane = lane.lane
                        AND message.state = 'received'
                        AND (message.retry_at IS NULL OR message.retry_at <= %(now)s)
                )
                """,
                last=LANES - 1,
                connection_id=connection.id,
                now=fields.Datetime.now(),
            )
        )
        return [lane for (lane,) in rows]

    @api.model
    def _get_due_domain(self):
        now = fields.Datetime.now()
        return [("state", "=", "received"), "|", ("retry_at", "=", False), ("retry_at", "<=", now)]

    @api.model
    def _cron_drain(self):
        """Work what no job has worked: messages whose job was lost, and those that are due for another try."""
        due = self._read_group(self._get_due_domain(), ["connection_id", "lane"], ["__count"])
        remaining = sum(count for _connection, _lane, count in due)
        for connection, lane, _count in due:
            try:
                worked = self._drain(connection, lane)
            except RetryableJobError:
                continue  # A job is working this lane.
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody changed the same records. The lanes before this one are committed.
                self.env.cr.rollback()
                continue
            remaining -= worked
            cron_progress(self.env, worked, max(remaining, 0))

    # --- A batch: some messages of a lane, worked in one transaction. Others see what they made at its commit. ---

    BATCH_SIZE = 200
    # A batch that takes longer than this ends early, so that others see its effects in time.
    BATCH_SECONDS = 20

    @api.model
    def _work_due_messages(self, connection, lane=None):
        """Work the oldest messages that are due: (how many were worked, whether that was all)."""
        deadline = time.monotonic() + self.BATCH_SECONDS
        rows = self._lock_due_rows(connection, lane)
        held_back = {device_key for _id, device_key, is_held in rows if not is_held}
        messages = self.browse(
            message_id for message_id, device_key, _is_held in rows if not device_key or device_key not in held_back
        )
        finished = messages._finish_unchanged(connection)
        worked = len(finished)
        for message in messages - finished:
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
    def _lock_due_rows(self, connection, lane):
        """(id, device, whether this transaction got the lock) of the messages that are due, in order of arrival.

        A message is left out while an earlier one of its device waits for its next try.
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

    def _finish_unchanged(self, connection):
        """Finish the messages that change nothing, in a constant number of queries, and return them.

        After the first message of a device that does change something, the later ones of that device are left to be
        worked one by one.
        """
        started_at, clock = fields.Datetime.now(), time.monotonic()
        unchanged = self._find_unchanged(connection)
        held_back, finished = set(), {}
        for message in self:
            if message.id in unchanged and message.device_key not in held_back:
                finished[message.id] = unchanged[message.id]
            elif message.device_key:
                held_back.add(message.device_key)
        if finished:
            duration = (time.monotonic() - clock) * 1000 / len(finished)
            self._finish_messages(finished, started_at, int(duration))
        return self.browse(finished)

    def _find_unchanged(self, connection):
        """{message id: asset id} of the messages that are known to change nothing."""
        events = [(message.id, event, message.received_at) for message in self if (event := message._parse())]
        worker = self._get_worker(connection).with_context(**Origin.HUB.context)
        try:
            with self.env.cr.savepoint():
                return monitoring_events.find_unchanged(worker, events) if events else {}
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            _logger.exception("Which messages change nothing could not be found out: all are worked one by one")
            return {}

    def _parse(self):
        """The event in the message; None when it cannot be read: `_apply` will say why."""
        try:
            return self.connection_id._get_adapter().parse(json.loads(self.raw))
        except Exception:
            _logger.debug("Message %s cannot be read", self.uuid, exc_info=True)
            return None

    @api.model
    def _finish_messages(self, assets, started_at, duration):
        """Set many messages to `done` at once, with an attempt for each; `assets` is {message id: asset id}."""
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
        """The connection as the integration user sees it: messages are worked with that user's rights."""
        user = self.env.ref("psa_base.user_integration")
        return connection.with_user(user).with_company(connection.company_id)
