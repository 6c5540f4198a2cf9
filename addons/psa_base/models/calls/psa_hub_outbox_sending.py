import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ...adapters.facts import Outgoing, Sent
from ...exceptions import CallError, DeadLetter, ErrorClass
from ...services.calls.sending import FINAL, Claim, Outcome, get_delay, make_failure
from ...tools.locks import try_lock
from ...tools.origin import Origin
from ...tools.own_transaction import prepare_follow_up, run_apart
from ...tools.text import tell_error

_logger = logging.getLogger(__name__)

_logger = logging.getLogger(__name__)

_HOOKS = {"sent": "_on_hub_sent", "dead": "_on_hub_dead", "waiting": "_on_hub_retry"}


class PsaHubOutbox(models.Model):
    """How messages are sent: claimed in one transaction, sent outside of any, the result recorded in another.

    So the database is right whenever the server dies. A message that is still `sending` although nobody is sending may
    have arrived, and so may a message whose try got no answer. The other system is asked (`look_up`) before such a
    message is sent again, unless it recognizes repeats by the message's key.
    """

    _inherit = "psa.hub.outbox"

    # A job that has sent for so many seconds ends and enqueues another one, so that other jobs get the worker.
    TIME_BUDGET = 60
    # The same for connections that are told again for days: their receivers may be slow, so one slow try is enough.
    PATIENT_TIME_BUDGET = 5
    # The job channel of these connections, so that slow receivers only hold up each other.
    RECEIVERS_CHANNEL = "root.psa.receivers"

    @api.model
    def _wake_after_commit(self, connection):
        """Enqueue the sending after the commit: one hook for a connection, however many messages it has."""
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
        """Enqueue the sending as the integration user, unless it is enqueued already."""
        sender = self.with_user(self.env.ref("psa_base.user_integration"))
        # The user who put a message need not be allowed to read the connection.
        connection = connection.with_env(sender.env)
        sender.with_delay(
            description=self.env._("Send the messages of a connection"),
            identity_key=f"{self._name}.send.{connection.id}",
            channel=self.RECEIVERS_CHANNEL if connection.is_patient else None,
        )._send_due(connection)

    @api.model
    def _cron_wake(self):
        """Enqueue what has no job: messages whose job was lost, and those that are due for another try."""
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
        """Send the messages that are due, one after the other; returns the number of tries.

        A connection has one sender at a time: it holds a lock until its transaction ends. So a message that is already
        `sending` when it begins was left by a sender that died.
        """
        if not try_lock(self.env, "psa.hub.outbox", connection.id):
            raise RetryableJobError("These messages are being sent already.", seconds=2, ignore_retry=True)
        self._run_apart("_take_back_interrupted", connection.id)
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
        """Try to send the next message; False when there is none, or the line is not free."""
        if not connection.active or not self._run_apart("_find_due", connection.id):
            return False
        try:
            with connection._calling() as client:
                claim = self._run_apart("_claim_next", connection.id)
                if claim:
                    self._keep_outcome(claim, self._try_claim(connection._get_adapter(), client, claim))
                return bool(claim)
        except CallError as error:
            if error.error_class not in FINAL:
                return False
            return self._refuse_next(connection, error)

    @api.model
    def _refuse_next(self, connection, error):
        """Record for the next message that the connection cannot make calls as it is set up."""
        claim = self._run_apart("_claim_next", connection.id)
        if claim:
            outcome = Outcome(sent=claim.sent) if claim.sent else make_failure(error)
            outcome.is_unsure = claim.is_unsure and not claim.sent
            self._keep_outcome(claim, outcome)
        return bool(claim)

    @api.model
    def _try_claim(self, adapter, client, claim):
        """Try to send a claimed message, outside of any transaction; returns an Outcome, whatever happens.

        When the message may have arrived, the other system is asked first.
        """
        if claim.sent:
            return Outcome(sent=claim.sent)  # It was sent before; only its subject has not been told.
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
    def _keep_outcome(self, claim, outcome):
        run_apart(self.env, lambda env: env[self._name].browse(claim.message_id)._record_outcome(claim, outcome))

    @api.model
    def _run_apart(self, method, connection_id):
        return run_apart(self.env, lambda env: getattr(env[self._name], method)(connection_id))

    @api.model
    def _find_due(self, connection_id):
        """Lock and return the oldest message that is due and has no earlier open message in its queue."""
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
    def _claim_next(self, connection_id):
        """Set the next message to `sending`; returns it as plain data. From the commit on it may have arrived."""
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

    # --- Result of a try: the message's state, the attempt and the subject's reaction are one transaction. ---

    # A request without an answer may still be in progress there. The other system is asked no sooner than this.
    UNSURE_DELAY = timedelta(minutes=2)

    @api.model
    def _take_back_interrupted(self, connection_id):
        """Let messages wait that a dead sender left as `sending`. They may have arrived, so they will be looked up."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM psa_hub_outbox WHERE connection_id = %s AND state = 'sending' FOR UPDATE SKIP LOCKED",
                connection_id,
            )
        )
        text = self.env._("The server stopped during this try. The other system is asked what it came to.")
        for message in self.browse(message_id for (message_id,) in rows):
            message._add_attempt_of(Outcome(text=text, error_class=ErrorClass.UNKNOWN_OUTCOME))
            message._update_state(
                ("sending",),
                "waiting",
                is_unsure=True,
                reason=text,
                error_class=ErrorClass.UNKNOWN_OUTCOME,
                retry_at=message.sending_at + self.UNSURE_DELAY,
            )

    def _record_outcome(self, claim, outcome):
        """Record how the try of `claim` ended, unless another sender has taken the message back meanwhile."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM psa_hub_outbox
                WHERE id = %s AND tries = %s AND state IN ('sending', 'waiting') FOR UPDATE
                """,
                claim.message_id,
                claim.number,
            )
        )
        if not rows:
            _logger.warning("Message %s is settled already; a late result was dropped", claim.message_id)
            return
        self._add_attempt_of(outcome)
        target, values = self._get_next_state(outcome)
        self._update_state(("sending", "waiting"), target, **{**self._NO_FAILURE, **values})
        self._tell_subject(target)

    def _get_next_state(self, outcome):
        """(state after a try, values that go with it)."""
        if outcome.sent:
            return "sent", {
                "sent_at": self.sent_at or fields.Datetime.now(),
                "is_unsure": False,
                "external_id": outcome.sent.external_id,
                "detail": outcome.sent.detail,
            }
        values = {"error_class": outcome.error_class, "is_unsure": outcome.is_unsure}
        seconds = get_delay(outcome, self.tries, self.connection_id.is_patient)
        if seconds is None:
            mend = outcome.mend or ("look_up" if outcome.is_unsure else False)
            return "dead", {
                **values,
                "reason": self._get_dead_reason(outcome),
                "mend": mend,
                "mend_values": outcome.mend_values,
            }
        unsure_delay = self.UNSURE_DELAY if outcome.is_unsure else timedelta()
        retry_at = fields.Datetime.now() + timedelta(seconds=seconds) + unsure_delay
        return "waiting", {**values, "reason": outcome.text, "retry_at": retry_at}

    def _get_dead_reason(self, outcome):
        sentences = [outcome.text]
        if self.tries > 1:
            sentences.append(self.env._("That was try %s, the last one.", self.tries))
        if outcome.is_unsure:
            sentences.append(self.env._("It may have arrived; a replay looks before it sends again."))
        elif not outcome.mend_values and outcome.error_type == "CallError":
            sentences.append(self.env._("Mend the cause, then replay."))
        return " ".join(sentences)

    def _tell_subject(self, target):
        """Tell the subject how the try ended. When the subject raises an error, the message becomes a dead letter."""
        subject = self._get_subject()
        if subject is None:
            return
        try:
            with self.env.cr.savepoint():
                getattr(subject.with_context(**Origin.HUB.context), _HOOKS[target])(self)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # The whole transaction is stale, and is started again.
        except Exception as error:
            _logger.exception("%s could not take the result of message %s", subject, self.id)
            reason = self.env._(
                "%(reason)s What it is about, %(subject)s, could not be told: %(error)s. Mend the cause, then replay; "
                "nothing that was done is sent again.",
                reason=self.reason or self.env._("It was sent."),
                subject=f"{subject._description} {subject.id}",
                error=tell_error(error),
            )
            self._update_state((target,), "dead", error_class=ErrorClass.UNEXPECTED, reason=reason)

    def _get_subject(self):
        """The record that the message is about; None when it is gone, or is no subject (psa.hub.subject.mixin)."""
        if not self.res_id or self.res_model not in self.env:
            return None
        subject = self.env[self.res_model].with_company(self.company_id).browse(self.res_id).exists()
        return subject if subject and isinstance(subject, self.env.registry["psa.hub.subject.mixin"]) else None

    def _add_attempt_of(self, outcome):
        self._add_attempt(
            started_at=self.sending_at,
            duration_ms=outcome.duration_ms,
            user_id=self.acted_by_id.id,
            result="done" if outcome.sent else "dead" if outcome.is_final else "error",
            error_class=outcome.error_class,
            error_type=outcome.error_type,
            status_code=outcome.status,
            detail=outcome.text,
        )
