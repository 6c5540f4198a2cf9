"""What several schemas share: strict models, and types for text, numbers and times from outside."""

import re
from datetime import UTC
from functools import cache
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.phone_validation.tools.phone_validation import phone_format

from ...tools.text import clean_line, clean_text, count_characters

# How many code points of Unicode may make one character that people see, on average.
_MAX_PARTS = 8


class Schema(BaseModel):
    """Nothing is guessed: no unknown fields, no text where a number belongs."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """A query string: known parameters only. What comes is text, so text may stand for a number or a time."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _on_text(clean):
    return BeforeValidator(lambda value: clean(value) if isinstance(value, str) else value)


def _check_email(value):
    email = email_normalize(value)
    if not email:
        raise PydanticCustomError("email", "This is not one e-mail address.")
    return email


def _check_phone(value, info):
    region = (info.context or {}).get("region")
    try:
        return phone_format(value, region, None, force_format="E164")
    except UserError as error:
        raise PydanticCustomError("phone", "This is not a phone number that can be called.") from error


# A character that is left when a text has been cleaned. The document can show this pattern, but not the cleaning.
_WRITTEN = r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]"


def line(max_length, max_parts=_MAX_PARTS):
    """Text on one line, without control characters."""
    return _get_text_type(clean_line, max_length, max_parts)


def text(max_length):
    """Text that may have several lines."""
    return _get_text_type(clean_text, max_length, _MAX_PARTS)


def _get_text_type(clean, max_length, max_parts):
    max_points = max_length * max_parts

    def check_length(value):
        # One character that people see may be many code points, but not any number of them.
        if len(value) > max_points:
            raise PydanticCustomError(
                "string_too_long",
                "String should have at most {max_length} characters, and {max_points} code points of Unicode",
                {"max_length": max_length, "max_points": max_points},
            )
        if len(value) > max_length and count_characters(value) > max_length:
            raise PydanticKnownError("string_too_long", {"max_length": max_length})
        return value

    return Annotated[
        str,
        _on_text(clean),
        StringConstraints(min_length=1),
        AfterValidator(check_length),
        Field(json_schema_extra={"maxLength": max_length, "pattern": _WRITTEN}),
    ]


def _to_integer(value):
    """7 for 7.0: they are the same number in JSON Schema (6.1.1), and some programs write all numbers with a point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# An id is an integer of four bytes. 0 is allowed here, and is then an unknown record like any other.
RecordId = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(_to_integer)]

Email = Annotated[line(254), AfterValidator(_check_email), Field(json_schema_extra={"format": "email"})]
Phone = Annotated[line(40), AfterValidator(_check_phone), Field(json_schema_extra={"format": "phone"})]


# A time in an answer, which is text of RFC 3339 already.
Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time", "examples": ["2026-11-22T08:30:00Z"]})]

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,9}")


def _check_moment(value):
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("moment", "This is not a time like 2026-11-22T08:30:00Z (a + is written %2B).")
    return value


def _to_utc(moment):
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError("moment", "This time is out of range.") from error


def _check_digits(value):
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise PydanticCustomError("number", "This is not a whole number.")
    return value


# Types for query strings. They are stricter than pydantic, which also takes numbers and times that only Python reads.
MomentParameter = Annotated[AwareDatetime, BeforeValidator(_check_moment), AfterValidator(_to_utc)]
NumberParameter = Annotated[int, BeforeValidator(_check_digits)]


class ListQuery(Query):
    """What every list takes."""

    limit: NumberParameter = Field(50, ge=1, le=100, description="How many items a page has at most.")
    cursor: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="`next_cursor` of the page before, with the same filters. Leave it out for the first page.",
    )


class ChangeQuery(ListQuery):
    """The same for lists that can be followed: what has changed since a moment, in the order of the changes."""

    updated_since: MomentParameter | None = Field(
        None,
        description="Only what was changed at this time (RFC 3339) or later, the oldest change first. Begin the next "
        "walk a few minutes before the newest `updated_at` you have seen: a change bears the time at which it began.",
        examples=["2026-11-22T08:30:00Z"],
    )


@cache
def list_of(item):
    """The schema of a page of these items: `{items, next_cursor}`."""
    name = item.__name__.removesuffix("Out")
    return create_model(
        f"{name}List",
        __base__=Schema,
        items=(list[item], Field(description="The items of this page.")),
        next_cursor=(
            str | None,
            Field(description="Give it as `cursor` to get the next page. `null`: this is the last one."),
        ),
    )
