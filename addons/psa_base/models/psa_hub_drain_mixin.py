from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ..series import cron_progress
from ..tools.own_transaction import prepare_follow_up


class PsaHubDrainMixin(models.AbstractModel):
    """How the messages of a connection get worked: one wake-up job for many, and a cron behind it."""

    _name = "psa.hub.drain.mixin"
    _description = "Work on messages"

    # One batch is one transaction: what it made is seen, and its locks are gone, when it is through.
    BATCH_SIZE = 50

    @api.model
    def _wake_after_commit(self, connection):
        """Have the connection's messages worked as soon as this transaction is in the database.

        Not within it: a job that started a moment earlier would not see the message, and yet count
        as the one that is going to work it. Should this get lost, the cron finds the message.
        """
        model, connection_id = self._name, connection.id
        self.env.cr.postcommit.add(
            prepare_follow_up(
                self.env,
                lambda env: env[model]._wake(env["psa.hub.connection"].browse(connection_id)),
                f"No job for the messages of connection {connection_id}; the cron will work them",
            )
        )

    @api.model
    def _wake(self, connection):
        """Enqueue the work, unless it is enqueued already."""
        self.with_delay(
            description=self.env._("Work the messages of a connection"),
            identity_key=f"{self._name}.drain.{connection.id}",
        )._drain(connection)

    @api.model
    def _drain(self, connection):
        """Work what the connection has received, in the order in which it came: one batch a job.

        One transaction at a time for a connection, or an alert could overtake its device's
        registration. Returns how many messages it worked.
        """
        if not connection._try_lock():
            raise RetryableJobError("These messages are being worked already.", seconds=2, ignore_retry=True)
        due = [("connection_id", "=", connection.id), *self._get_due_domain()]
        messages = self._lock(due, limit=self.BATCH_SIZE)
        for message in messages:
            message._work()
        if len(messages) == self.BATCH_SIZE:
            self._wake(connection)
        return len(messages)

    @api.model
    def _lock(self, domain, limit=None):
        """Messages in order of arrival that no other transaction holds, held by this one."""
        query = self._search(domain, order="id", limit=limit)
        lock = SQL("%s FOR UPDATE OF %s SKIP LOCKED", query.select(), SQL.identifier(self._table))
        return self.browse(message_id for (message_id,) in self.env.execute_query(lock))

    @api.model
    def _get_due_domain(self):
        now = fields.Datetime.now()
        return [("state", "=", self._waiting_state), "|", ("retry_at", "=", False), ("retry_at", "<=", now)]

    @api.model
    def _cron_drain(self):
        """The safety net: messages whose job was lost, and those that are to be tried again."""
        due = self._read_group(self._get_due_domain(), ["connection_id"], ["__count"])
        remaining = sum(count for _connection, count in due)
        for connection, _count in due:
            try:
                worked = self._drain(connection)
            except RetryableJobError:
                continue  # a job is at it
            remaining -= worked
            cron_progress(self.env, worked, max(remaining, 0))
