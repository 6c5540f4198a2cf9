"""What is known of a try to send a message, as plain data, and how long to wait before the next try."""

import json
import random
import uuid
from dataclasses import dataclass, field

from ...adapters.facts import Outgoing, Sent
from ...exceptions import CallError, DeadLetter, ErrorClass

# Errors after which only a person can help.
FINAL = frozenset({ErrorClass.NEEDS_PERSON, ErrorClass.PERMANENT})

# By error class: (seconds to wait after the first failure, which double; longest wait; number of tries).
BACKOFF = {
    ErrorClass.TEMPORARY: (30, 3600, 12),
    ErrorClass.RATE_LIMITED: (60, 3600, 50),
    ErrorClass.UNKNOWN_OUTCOME: (60, 3600, 12),
    ErrorClass.UNEXPECTED: (300, 4 * 3600, 5),
}

# The same for receivers that somebody else operates: tries go on for days.
PATIENT_BACKOFF = {
    ErrorClass.TEMPORARY: (30, 6 * 3600, 60),
    ErrorClass.RATE_LIMITED: (60, 6 * 3600, 60),
    ErrorClass.UNKNOWN_OUTCOME: (60, 6 * 3600, 60),
    ErrorClass.UNEXPECTED: BACKOFF[ErrorClass.UNEXPECTED],
}

_CREDENTIALS_REFUSED = (401, 403)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to put into the outbox. `connection` and `record`, its subject, are Odoo records."""

    connection: object
    payload: dict
    key: str
    record: object = None
    ordering_key: str = ""

    def prepare_values(self):
        return {
            "uuid": str(uuid.uuid4()),
            "connection_id": self.connection.id,
            "payload": json.dumps(self.payload),
            "idempotency_key": self.key,
            "ordering_key": self.ordering_key,
            "res_model": self.record._name if self.record else None,
            "res_id": self.record.id if self.record else None,
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that a sender has claimed, as plain data. `sent` is the result when it was sent by an earlier try."""

    message_id: int
    number: int
    outgoing: Outgoing
    is_unsure: bool
    sent: Sent | None


@dataclass(slots=True)
class Outcome:
    """How a try ended: `sent`, or why not. `is_unsure`: it may have arrived. `is_final`: another try is of no use."""

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


def make_failure(error, text=""):
    """The outcome of a try that raised `error`. An error that people would not understand comes with a `text`."""
    outcome = Outcome(text=text or str(error), error_type=type(error).__name__)
    if isinstance(error, CallError):
        outcome.error_class = error.error_class
        outcome.status = error.status
        outcome.retry_after = error.retry_after or 0
        outcome.is_final = error.error_class in FINAL
        is_about_settings = error.status in _CREDENTIALS_REFUSED or error.error_class == ErrorClass.NEEDS_PERSON
        outcome.mend = "check_settings" if is_about_settings else None
    elif isinstance(error, DeadLetter):
        outcome.error_class = error.error_class
        outcome.is_final = True
        outcome.mend, outcome.mend_values = error.mend, error.values
    else:
        outcome.error_class = ErrorClass.UNEXPECTED
    return outcome


def get_delay(outcome, tries, is_patient=False):
    """Seconds to wait after try number `tries`; None when there is no further try.

    The wait is random (full jitter), so that messages that failed together are not tried again together.
    """
    first, longest, max_tries = (PATIENT_BACKOFF if is_patient else BACKOFF).get(outcome.error_class, (0, 0, 0))
    if outcome.is_final or tries >= max_tries:
        return None
    jitter = random.uniform(1, min(longest, first * 2 ** (tries - 1)))  # noqa: S311 - no secret
    return max(jitter, outcome.retry_after)
