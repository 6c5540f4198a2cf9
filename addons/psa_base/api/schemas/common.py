"""What several schemas share: strict models, and text as people may send it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.phone_validation.tools.phone_validation import phone_format

from ...tools.text import clean_line, clean_text


class Schema(BaseModel):
    """Nothing is guessed: no unknown fields, no text where a number belongs."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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


def line(max_length):
    """Text on one line, without control characters."""
    return Annotated[str, _on_text(clean_line), StringConstraints(min_length=1, max_length=max_length)]


def text(max_length):
    """Text that may have several lines."""
    return Annotated[str, _on_text(clean_text), StringConstraints(min_length=1, max_length=max_length)]


# what fits the id column; that no record has the id 0 is found out as for any other number
RecordId = Annotated[int, Field(ge=0, le=2**31 - 1)]

Email = Annotated[line(254), AfterValidator(_check_email)]
Phone = Annotated[line(40), AfterValidator(_check_phone)]


def in_utc(moment):
    """Odoo's naive UTC time as RFC 3339 needs it; None where there is none."""
    return moment.replace(tzinfo=UTC, microsecond=0) if isinstance(moment, datetime) else None


Moment = AwareDatetime
