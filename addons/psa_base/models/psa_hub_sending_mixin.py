import logging
import os
import random
import socket
import time
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ..adapters import ADAPTERS
from ..adapters.rmm_adapter import Outgoing, Sent
from ..exceptions import CallError, DeadLetter, ErrorClass
from ..tools.origin import Origin
from ..tools.own_transaction import prepare_follow_up, run_apart

_logger = logging.getLogger(__name__)

# What says that nothing can be sent before a person has done something about the connection.
_SETTINGS = frozenset({ErrorClass.NEEDS_PERSON, ErrorClass.PERMANENT})


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that a sender has taken, as plain data: what it needs outside of any transaction."""

    message_id: int
    number: int
    outgoing: Outgoing
    is_unsure: bool
    sent: Sent | None


@dataclass(slots=True)
class Outcome:
    """What came of a try. `error_class` is empty when it is done."""

    sent: Sent | None = None
    text: str = ""
    error_class: ErrorClass | None = None
    error_type: str = ""
    status: int | None = None
    retry_after: float = 0
    is_unsure: bool = False
    is_final: bool = False
    mend: str | None = None
    mend_values: dict = field(default_factory=dict)
    duration_ms: int = 0


class PsaHubSendingMixin(models.AbstractModel):
    """How messages get sent: taken in one transaction, sent outside of any, the result kept in another.

    Whatever moment the server dies at, the database says what is known. A message that is still `sending`
    when nobody sends any more may have arrived, and so may one whose try got no answer: the other system is
    asked (`look_up`) before it is sent again, unless it knows repeats by the message's key.
    """

    _name = "psa.hub.sending.mixin"
    _description = "Sending of messages"

    # A job that has sent for so long lets others have the worker, and wakes another one.
    TIME_BUDGET = 60
    # What may be under way at the other system gets this long to be done, before anybody looks.
    SETTLE_DELAY = timedelta(minutes=2)
    # Seconds to wait after a first failure, which double, and at most; after so many tries a person is asked.
    BACKOFF = {
        ErrorClass.TEMPORARY: (30, 3600, 12),
        ErrorClass.RATE_LIMITED: (60, 3600, 50),
        ErrorClass.UNKNOWN_OUTCOME: (60, 3600, 12),
        ErrorClass.UNEXPECTED: (300, 4 * 3600, 5),
    }

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
        """Enqueue the sending, unless it is enqueued already."""
        sender = self.with_user(self.env.ref("psa_base.user_integration"))
        sender.with_delay(
            description=self.env._("Send the messages of a connection"),
            identity_key=f"{self._name}.send.{connection.id}",
        )._send_due(connection.with_env(sender.env))

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
        [(is_alone,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext('psa.hub.outbox'), %s)", connection.id)
        )
        if not is_alone:
            raise RetryableJobError("These messages are being sent already.", seconds=2, ignore_retry=True)
        run_apart(self.env, lambda env: env[self._name]._take_back_interrupted(connection.id))
        started_at, tries = time.monotonic(), 0
        while time.monotonic() - started_at < self.TIME_BUDGET:
            if not self._send_next(connection):
                return tries
            tries += 1
        self._wake(connection)
        return tries

    @api.model
    def _send_next(self, connection):
        """One try at the next message; False when there is none, or the line is not free."""
        if not connection.active or not run_apart(self.env, lambda env: env[self._name]._find_due(connection.id)):
            return False
        try:
            with connection._calling() as client:
                return self._try_next(connection, client)
        except CallError as error:
            if error.error_class not in _SETTINGS:
                return False
            outcome = _fail(error, mend="check_settings")
        claim = run_apart(self.env, lambda env: env[self._name]._claim(connection.id))
        if claim:
            outcome.is_unsure = claim.is_unsure
            self._keep(claim, outcome)
        return bool(claim)

    @api.model
    def _try_next(self, connection, client):
        claim = run_apart(self.env, lambda env: env[self._name]._claim(connection.id))
        if not claim:
            return False
        started_at = time.monotonic()
        outcome = self._try(ADAPTERS[connection.adapter], client, claim)
        outcome.duration_ms = int((time.monotonic() - started_at) * 1000)
        self._keep(claim, outcome)
        return True

    @api.model
    def _keep(self, claim, outcome):
        run_apart(self.env, lambda env: env[self._name].browse(claim.message_id)._settle(claim, outcome))

    @api.model
    def _find_due(self, connection_id):
        """The next message to send: the oldest that nothing before it in its own queue holds up."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM psa_hub_outbox AS message
                WHERE connection_id = %s AND state = 'waiting' AND (retry_at IS NULL OR retry_at <= %s)
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
        """Take the next message: from the commit of this on, it may have arrived."""
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

    @api.model
    def _take_back_interrupted(self, connection_id):
        """What a sender that died has left behind may have arrived. It is looked up, after a while."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM psa_hub_outbox WHERE connection_id = %s AND state = 'sending' FOR UPDATE SKIP LOCKED",
                connection_id,
            )
        )
        for message in self.browse(message_id for (message_id,) in rows):
            text = self.env._("The server stopped during this try. The other system is asked what it came to.")
            message._add_attempt(Outcome(text=text, error_class=ErrorClass.UNKNOWN_OUTCOME), message.sending_at)
            message._update_state(
                ("sending",),
                "waiting",
                is_unsure=True,
                reason=text,
                error_class=ErrorClass.UNKNOWN_OUTCOME,
                retry_at=message.sending_at + self.SETTLE_DELAY,
            )

    @api.model
    def _try(self, adapter, client, claim):
        """One try, outside of any transaction: look first if it may have arrived, then send. All ends in an Outcome."""
        if claim.sent:
            return Outcome(sent=claim.sent)  # only its subject is still to be told
        is_unsure, outgoing, effects = claim.is_unsure, claim.outgoing, client.effects
        try:
            sent = None
            if is_unsure and not adapter.is_idempotent(outgoing.operation):
                sent = adapter.look_up(client, outgoing)
                is_unsure = False
            return Outcome(sent=sent or adapter.send(client, outgoing))
        except CallError as error:
            outcome = _fail(error, mend="check_settings" if error.status in (401, 403) else None)
        except DeadLetter as letter:
            outcome = Outcome(
                text=str(letter),
                error_class=letter.error_class,
                is_final=True,
                mend=letter.mend,
                mend_values=letter.values,
            )
        except Exception as error:
            _logger.exception("Message %s could not be sent", claim.message_id)
            outcome = Outcome(
                text=self.env._("An unexpected error: %s.", type(error).__name__),
                error_class=ErrorClass.UNEXPECTED,
                error_type=type(error).__name__,
            )
        outcome.is_unsure = is_unsure or client.effects > effects
        return outcome

    def _settle(self, claim, outcome):
        """Keep what came of a try, and tell the message's subject, in one transaction."""
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
        self._add_attempt(outcome, self.sending_at)
        target, values = self._get_next(outcome)
        self._update_state(("sending", "waiting"), target, **values)
        self._tell_subject(target)

    def _get_next(self, outcome):
        """The state after a try, and what goes with it."""
        nothing = {"retry_at": False, "reason": False, "error_class": False, "mend": False, "mend_values": False}
        if outcome.sent:
            values = {"sent_at": fields.Datetime.now(), "is_unsure": False}
            result = {"external_id": outcome.sent.external_id, "detail": outcome.sent.detail}
            return "sent", {**nothing, **values, **result}
        values = {**nothing, "error_class": outcome.error_class, "is_unsure": outcome.is_unsure}
        first, longest, max_tries = self.BACKOFF.get(outcome.error_class, (0, 0, 0))
        if not outcome.is_final and self.tries < max_tries:
            # full jitter, so that what failed together does not come back together
            seconds = random.uniform(1, min(longest, first * 2 ** (self.tries - 1)))  # noqa: S311 - no secret
            if outcome.is_unsure:
                seconds += self.SETTLE_DELAY.total_seconds()
            delay = timedelta(seconds=max(seconds, outcome.retry_after))
            return "waiting", {**values, "reason": outcome.text, "retry_at": fields.Datetime.now() + delay}
        mend = outcome.mend or ("look_up" if outcome.is_unsure else False)
        return "dead", {
            **values,
            "reason": self._get_dead_reason(outcome),
            "mend": mend,
            "mend_values": outcome.mend_values,
        }

    def _get_dead_reason(self, outcome):
        sentences = [outcome.text]
        if self.tries > 1:
            sentences.append(self.env._("That was try %s.", self.tries))
        if outcome.is_unsure:
            sentences.append(self.env._("It may have arrived; a replay looks before it sends again."))
        elif not outcome.mend:
            sentences.append(self.env._("Mend the cause, then replay."))
        return " ".join(sentences)

    def _tell_subject(self, target):
        """What this is about hears how it ended. If it cannot take that, a person has to know."""
        hook = {"sent": "_on_hub_sent", "dead": "_on_hub_dead"}.get(target)
        subject = self._get_subject()
        if not hook or not subject:
            return
        try:
            with self.env.cr.savepoint():
                getattr(subject.with_context(**Origin.HUB.context), hook)(self)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # the whole transaction is stale: it starts again
        except Exception as error:
            _logger.exception("%s could not take the result of message %s", subject, self.id)
            told = str(error)[:500] or type(error).__name__
            self._update_state(
                ("sent", "dead"),
                "dead",
                error_class=ErrorClass.UNEXPECTED,
                reason=self.env._(
                    "The other system has answered, but %(subject)s could not take the result: %(error)s. Mend the "
                    "cause, then replay: nothing that was done is sent again.",
                    subject=subject.display_name,
                    error=told,
                ),
            )

    def _get_subject(self):
        """The record that this is about, if it is still there and wants to hear of it."""
        if not self.res_model or not self.res_id or self.res_model not in self.env:
            return None
        subject = self.env[self.res_model].with_company(self.company_id).browse(self.res_id).exists()
        return subject if isinstance(subject, self.env.registry["psa.hub.subject.mixin"]) else None

    def _add_attempt(self, outcome, started_at):
        if outcome.sent:
            result = "done"
        else:
            result = "dead" if outcome.is_final else "error"
        # sudo: nobody may add attempts by hand.
        self.env["psa.hub.attempt"].sudo().create(
            {
                self._attempt_field: self.id,
                "started_at": started_at,
                "duration_ms": outcome.duration_ms,
                "user_id": self.acted_by_id.id,
                "node": f"{socket.gethostname()}:{os.getpid()}",
                "result": result,
                "error_class": outcome.error_class,
                "error_type": outcome.error_type,
                "status_code": outcome.status,
                "detail": outcome.text,
            }
        )


def _fail(error, mend=None):
    return Outcome(
        text=str(error),
        error_class=error.error_class,
        error_type=type(error).__name__,
        status=error.status,
        retry_after=error.retry_after or 0,
        is_final=error.error_class in _SETTINGS,
        mend=mend,
    )
