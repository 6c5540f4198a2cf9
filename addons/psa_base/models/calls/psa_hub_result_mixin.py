import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...exceptions import ErrorClass
from ...services.calls.sending import Outcome, get_delay
from ...tools.origin import Origin
from ...tools.text import tell_error
from ..hub.psa_hub_message_mixin import NO_FAILURE

_logger = logging.getLogger(__name__)

_HOOKS = {"sent": "_on_hub_sent", "dead": "_on_hub_dead", "waiting": "_on_hub_retry"}


class PsaHubResultMixin(models.AbstractModel):
    """What becomes of a message after a try: its state, the attempt, and what its subject hears are one transaction."""

    _name = "psa.hub.result.mixin"
    _description = "Results of sending"

    # What may be under way at the other system gets this long to be done, before anybody looks.
    SETTLE_DELAY = timedelta(minutes=2)

    @api.model
    def _take_back_interrupted(self, connection_id):
        """What a sender that died has left behind may have arrived. It is looked up, after a while."""
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
                retry_at=message.sending_at + self.SETTLE_DELAY,
            )

    def _settle(self, claim, outcome):
        """Keep what came of the try that `claim` began. One that was given up meanwhile is not kept twice."""
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
        target, values = self._get_next(outcome)
        self._update_state(("sending", "waiting"), target, **{**NO_FAILURE, **values})
        self._tell_subject(target)

    def _get_next(self, outcome):
        """The state after a try, and what goes with it."""
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
        settle_delay = self.SETTLE_DELAY if outcome.is_unsure else timedelta()
        retry_at = fields.Datetime.now() + timedelta(seconds=seconds) + settle_delay
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
        """What this is about hears what came of the try. When it cannot take that, a person has to know."""
        subject = self._get_subject()
        if subject is None:
            return
        try:
            with self.env.cr.savepoint():
                getattr(subject.with_context(**Origin.HUB.context), _HOOKS[target])(self)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # the whole transaction is stale: it starts again
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
        """The record that this is about, if it is still there and wants to hear of it."""
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
