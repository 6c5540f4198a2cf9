"""Errors that the rooms of this addon tell each other."""

from enum import StrEnum


class ErrorClass(StrEnum):
    """What kind of failure a try at a message was: it decides what happens next, and who has to do something."""

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
    """A vendor's message lacks something, or has it in the wrong form.

    `field` is the vendor's own name for it and `expected` a plain noun phrase ("a text").
    """

    def __init__(self, field, expected):
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected


class DeadLetter(Exception):
    """A message cannot be worked until a person does something; the text says what.

    `mend` is the code of the screen that helps (`map_client`, `match_device`, `find_device`, `move_asset`,
    `fix_sender`, `check_settings`, `look_up`), and `values` are the facts that it starts from, fit for JSON.
    """

    def __init__(self, text, mend=None, *, error_class=ErrorClass.NEEDS_PERSON, **values):
        super().__init__(text)
        self.mend = mend
        self.error_class = error_class
        self.values = values


class CallError(Exception):
    """A call to another system failed.

    `retry_after` is how many seconds it asked us to wait, `status` its HTTP status, where it gave them.
    """

    def __init__(self, text, error_class, retry_after=None, status=None):
        super().__init__(text)
        self.error_class = error_class
        self.retry_after = retry_after
        self.status = status


class FieldError(Exception):
    """A value that is well formed and still cannot be; `field` is the name that the caller used."""

    def __init__(self, field, code, message):
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message
