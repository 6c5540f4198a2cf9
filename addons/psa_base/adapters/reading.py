"""Readers of payload fields that vendors write in several ways.

Each raises PayloadError with the field's name when the field holds something else than what is asked for.
"""

import hashlib
import json
from datetime import UTC, datetime

from ..exceptions import PayloadError
from ..tools.text import clean_line, clean_text

# A longer text is cut, unless the caller allows more: many of these fields are indexed, and an index entry has a limit.
_MAX_LENGTH = 255

# A number from here on counts milliseconds: as seconds it would be after the year 5000.
_FIRST_MILLISECONDS = 100_000_000_000


def read_text(payload, field, *, required=True, max_length=_MAX_LENGTH, multiline=False):
    """The text in `field` of `payload`, cleaned; `field` may be a dotted path."""
    value = _find(payload, field)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise PayloadError(field, "a text")
    text = clean_text(value) if multiline else clean_line(value)
    if required and not text:
        raise PayloadError(field, "a text that is not empty")
    return text[:max_length]


def read_id(payload, field, *, required=True):
    """The identifier in `field`, which some vendors write as a number and some as a text."""
    value = _find(payload, field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:_MAX_LENGTH]
    if value is not None and not isinstance(value, str):
        raise PayloadError(field, "a number or a text")
    return read_text(payload, field, required=required)


def read_moment(payload, field, *, required=False):
    """The time in `field`, which vendors write as ISO 8601 or as seconds or milliseconds since 1970; UTC, or None."""
    value = _find(payload, field)
    if value is None and not required:
        return None
    try:
        return _to_moment(value)
    except (OverflowError, OSError, TypeError, ValueError):
        raise PayloadError(field, "a time") from None


def read_choice(payload, field, choices, default=None):
    """The value of `choices` (with keys in lower case) for the text in `field`; `default` when the field is absent."""
    value = _find(payload, field)
    if value is None and default is not None:
        return default
    found = choices.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise PayloadError(field, f"one of {', '.join(choices)}")
    return found


def make_content_key(payload):
    """A key made of the content, for messages to which the vendor gives no ID."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _to_moment(value):
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    if isinstance(value, str) and value.strip().isdigit():
        value = int(value)
    if isinstance(value, int | float):
        seconds = value / 1000 if abs(value) >= _FIRST_MILLISECONDS else value
        moment = datetime.fromtimestamp(seconds, UTC)
    else:
        moment = datetime.fromisoformat(value.strip())
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _find(payload, field):
    value = payload
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
