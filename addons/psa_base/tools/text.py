"""Text from outside, made fit for the database and the screen."""

import json
import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def replace_half_characters(value):
    """Text as UTF-8 can have it: a JSON escape may be half of a character."""
    return _SURROGATE.sub("\ufffd", value)


def lay_out(value):
    """A value as JSON that people can read."""
    return replace_half_characters(json.dumps(value, default=str, ensure_ascii=False, indent=2))


def tell_error(error):
    """What an unexpected error says, for a sentence to people; its kind when it says nothing."""
    return str(error)[:500] or type(error).__name__


def clean_text(value):
    """Without control characters, with one kind of line break; half characters are replaced."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return replace_half_characters(_CONTROL.sub("", value)).strip()


def clean_line(value):
    """The same, on one line."""
    return " ".join(clean_text(value).split())


def is_written(value):
    """Whether people can read something: characters without width are no name and no reason."""
    return any(map(str.isalnum, value))
