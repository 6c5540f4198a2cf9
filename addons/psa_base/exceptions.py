"""Errors that one room of this addon raises and another one handles."""

from enum import StrEnum


class ErrorClass(StrEnum):
    """The kind of a failed try at a message. It decides whether the message is tried again, or waits for a person."""

    TEMPORARY = "temporary"
    RATE_LIMITED = "rate_limited"
    PERMANENT = "permanent"
    UNKNOWN_OUTCOME = "unknown_outcome"
    PAYLOAD = "payload"
    NEEDS_PERSON = "needs_person"
    UNEXPECTED = "unexpected"


ERROR_CLASSES = [
    (ErrorClass.TEMPORARY.value, "Temporary"),
    (ErrorClass.RATE_LIMITED.value, "Rate limited"),
    (ErrorClass.PERMANENT.value, "Permanent"),
    (ErrorClass.UNKNOWN_OUTCOME.value, "Unknown outcome"),
    (ErrorClass.PAYLOAD.value, "Payload"),
    (ErrorClass.NEEDS_PERSON.value, "Needs a person"),
    (ErrorClass.UNEXPECTED.value, "Unexpected"),
]


class PayloadError(Exception):
    """A field is missing in a vendor's message, or has the wrong form.

    `field` is the vendor's own name of it, and `expected` a plain noun phrase ("a text").
    """

    def __init__(self, field, expected):
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected


class DeadLetter(Exception):
    """A message cannot be worked until a person does something. The text says what to do.

    `mend` is the code of the screen for it (`map_client`, `match_device`, `find_device`, `move_asset`, `fix_sender`,
    `check_settings`, `look_up`), and `values` are the facts that the screen starts with, fit for JSON.
    """

    def __init__(self, text, mend=None, *, error_class=ErrorClass.NEEDS_PERSON, **values):
        super().__init__(text)
        self.mend = mend
        self.error_class = error_class
        self.values = values


class CallError(Exception):
    """A call to another system failed.

    `retry_after` is the number of seconds that the system asks to wait, `status` its HTTP status; None if it gave none.
    """

    def __init__(self, text, error_class, retry_after=None, status=None):
        super().__init__(text)
        self.error_class = error_class
        self.retry_after = retry_after
        self.status = status


class FieldError(Exception):
    """A value in a request has the right form and cannot be accepted. `field` is the caller's own name of it."""

    def __init__(self, field, code, message):
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message
