"""Errors that the rooms of this addon tell each other."""


class PayloadError(Exception):
    """A vendor's message lacks something, or has it in the wrong form.

    `field` is the vendor's own name for it and `expected` a plain noun phrase ("a text").
    """

    def __init__(self, field, expected):
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected


class DeadLetter(Exception):
    """A message cannot be worked until a person does something; the text says what."""


class FieldError(Exception):
    """A value that is well formed and still cannot be; `field` is the name that the caller used."""

    def __init__(self, field, code, message):
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message
