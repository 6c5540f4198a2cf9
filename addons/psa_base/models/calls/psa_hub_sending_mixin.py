import logging
import time

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ...adapters import ADAPTERS
from ...adapters.rmm_adapter import Outgoing, Sent
from ...exceptions import CallError, DeadLetter
from ...services.calls.sending import FINAL, Claim, Outcome, make_failure
from ...tools.locks import try_lock
from ...tools.own_transaction import prepare_follow_up, run_apart

_logger = logging.getLogger(__name__)


class PsaHubSendingMixin(models.AbstractModel):
    """How messages get sent: taken in one transaction, sent outside of any, the result kept in another.

    Whatever moment the server dies at, the database says what is known. A message that is still `sending`
    when nobody sends any more may have arrived, and so may one whose try got no answer: the other system is
    asked (`look_up`) before it is sent again, unless it knows repeats by the message's key.
    """

    _name = "psa.hub.sending.mixin"
    _description = "Sending of messages"

    # A job that has sent for so long (seconds) lets others have the worker, and wakes another one.
    TIME_BUDGET = 60
    # One whose receiver may take its time lets others have it after one slow try.
    PATIENT_TIME_BUDGET = 5
    # Where such receivers wait for each other and for nobody else.
    RECEIVERS_CHANNEL = "root.psa.receivers"

    @api.model
    def _wake_after_commit(self, connection):
        """Have the connection's messages sent once this transaction is in the database: one hook, however many."""
        model, connection_id = self._name, connection.id
        hooked = self.env.cr.postcommit.data.setdefault(f"{model}.wake", set())
        if connection_id in hooked:
            return
        hooked.add(connection_id)
        self.env.cr.postcommit.add(
            prepare_follow_up(
                self.env,
                lambda env: env[model]._wake(env["psa.hub.connection"].browse(connection_id)),
                f"No job for what connection {connection_id} has to send; the cron will make one",
            )
        )

    @api.model
    def _wake(self, connection):
        """Enqueue the sending, unless it is enqueued already. The work is the integration user's."""
        sender = self.with_user(self.env.ref("psa_base.user_integration"))
        # whoever made something to send need not be allowed to see the connection
        connection = connection.with_env(sender.env)
        sender.with_delay(
            description=self.env._("Send the messages of a connection"),
            identity_key=f"{self._name}.send.{connection.id}",
            channel=self.RECEIVERS_CHANNEL if connection.is_patient else None,
        )._send_due(connection)

    @api.model
    def _cron_wake(self):
        """The safety net: messages whose job was lost, and those that are to be tried again."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT connection_id FROM psa_hub_outbox AS message
                JOIN psa_hub_connection AS connection ON connection.id = message.connection_id AND connection.active
                WHERE message.state IN ('waiting', 'sending') AND (retry_at IS NULL OR retry_at <= %s)
                """,
                fields.Datetime.now(),
            )
        )
        for (connection_id,) in rows:
            self._wake(self.env["psa.hub.connection"].browse(connection_id))

    @api.model
    def _send_due(self, connection):
        """Send what is due, one message after the other. Returns how many tries that were.

        Only one sender at a time for a connection, as long as this transaction lives: so what is `sending`
        when it begins was left behind by one that died.
        """
        if not try_lock(self.env, "psa.hub.outbox", connection.id):
            raise RetryableJobError("These messages are being sent already.", seconds=2, ignore_retry=True)
        self._apart("_take_back_interrupted", connection.id)
        budget = self.PATIENT_TIME_BUDGET if connection.is_patient else self.TIME_BUDGET
        started_at, tries = time.monotonic(), 0
        while time.monotonic() - started_at < budget:
            if not self._send_next(connection):
                return tries
            tries += 1
        self._wake(connection)
        return tries

    @api.model
    def _send_next(self, connection):
        """One try at the next message; False when there is none, or the line is not free."""
        if not connection.active or not self._apart("_find_due", connection.id):
            return False
        try:
            with connection._calling() as client:
                claim = self._apart("_claim", connection.id)
                if claim:
                    self._keep(claim, self._try(ADAPTERS[connection.adapter], client, claim))
                return bool(claim)
        except CallError as error:
            if error.error_class not in FINAL:
                return False
            return self._refuse_next(connection, error)

    @api.model
    def _refuse_next(self, connection, error):
        """The connection cannot call anybody as it is set up: that is the next message's result."""
        claim = self._apart("_claim", connection.id)
        if claim:
            outcome = Outcome(sent=claim.sent) if claim.sent else make_failure(error)
            outcome.is_unsure = claim.is_unsure and not claim.sent
            self._keep(claim, outcome)
        return bool(claim)

    @api.model
    def _try(self, adapter, client, claim):
        """One try, outside of any transaction: look first if it may have arrived, then send. All ends in an Outcome."""
        if claim.sent:
            return Outcome(sent=claim.sent)  # only its subject is still to be told
        is_unsure, outgoing, effects = claim.is_unsure, claim.outgoing, client.effects
        started_at = time.monotonic()
        try:
            sent = None
            if is_unsure and not adapter.is_idempotent(outgoing.operation):
                sent = adapter.look_up(client, outgoing)
                is_unsure = False
            outcome = Outcome(sent=sent or adapter.send(client, outgoing) or Sent())
        except (CallError, DeadLetter) as error:
            outcome = make_failure(error)
        except Exception as error:
            _logger.exception("Message %s could not be sent", claim.message_id)
            outcome = make_failure(error, self.env._("An unexpected error: %s.", type(error).__name__))
        outcome.is_unsure = not outcome.sent and (is_unsure or client.effects > effects)
        outcome.duration_ms = int((time.monotonic() - started_at) * 1000)
        return outcome

    @api.model
    def _keep(self, claim, outcome):
        run_apart(self.env, lambda env: env[self._name].browse(claim.message_id)._settle(claim, outcome))

    @api.model
    def _apart(self, method, connection_id):
        return run_apart(self.env, lambda env: getattr(env[self._name], method)(connection_id))

    @api.model
    def _find_due(self, connection_id):
        """The next message to send: the oldest that nothing before it in its own queue holds up."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM psa_hub_outbox AS message
                WHERE connection_id = %s AND state = 'waiting' AND (retry_at IS NULL OR retry_at <= %s)
                  AND EXISTS (SELECT FROM psa_hub_connection AS line WHERE line.id = connection_id AND line.active)
                  AND (COALESCE(ordering_key, '') = '' OR NOT EXISTS (
                      SELECT FROM psa_hub_outbox AS earlier
                      WHERE earlier.connection_id = message.connection_id
                        AND earlier.ordering_key = message.ordering_key
                        AND earlier.id < message.id AND earlier.state IN ('waiting', 'sending')))
                ORDER BY id LIMIT 1 FOR UPDATE OF message SKIP LOCKED
                """,
                connection_id,
                fields.Datetime.now(),
            )
        )
        return self.browse(message_id for (message_id,) in rows)

    @api.model
    def _claim(self, connection_id):
        """Take the next message, as plain data. From the commit of this on it may have arrived."""
        message = self._find_due(connection_id)
        if not message:
            return None
        message._update_state(
            ("waiting",), "sending", tries=message.tries + 1, sending_at=fields.Datetime.now(), retry_at=False
        )
        return Claim(
            message.id,
            message.tries,
            Outgoing(message.operation, message.payload, message.idempotency_key),
            message.is_unsure,
            Sent(message.external_id or "", message.detail or {}) if message.sent_at else None,
        )
