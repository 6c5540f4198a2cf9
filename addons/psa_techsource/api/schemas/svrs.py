"""Service verification reports, as they go out, and the client's decision, as it comes in."""

from datetime import date as Date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from odoo.addons.psa_base.api.schemas.common import ChangeQuery, Schema, Timestamp, line, text
from odoo.addons.psa_base.tools.text import is_written

State = Literal["sent", "approved", "rejected"]


def _check_written(value):
    if not is_written(value):
        raise PydanticCustomError("unreadable", "Write it with letters or digits, so that people can read it.")
    return value


class SvrQuery(ChangeQuery):
    state: State | None = Field(None, description="Only reports in this state: `sent` ones wait for your decision.")
    ticket: line(64) | None = Field(None, description="Only reports on the ticket with this number.")


class SvrApproval(Schema):
    name: Annotated[line(200), AfterValidator(_check_written)] = Field(
        description="Full name of the person who approves; it is kept with the report and printed on it.",
        examples=["Kim Tran"],
    )


class SvrRejection(Schema):
    reason: Annotated[text(5_000), AfterValidator(_check_written)] = Field(
        description="What is missing or wrong. The engineer reads it, and work on the ticket goes on.",
        examples=["The scanner at the front desk still does not work."],
    )


class SvrTicket(Schema):
    id: int = Field(description="Id of the ticket.")
    number: str = Field(description="Number of the ticket, as its address has it.", examples=["HT00042"])


class SvrAsset(Schema):
    id: int = Field(description="Id of the asset.")
    hostname: str = Field(description="Name of the asset when the report was sent.")


class SvrLine(Schema):
    date: Date = Field(description="Day of the work.")
    engineer: str = Field(description="Who worked.")
    description: str = Field(description="What was done.")
    hours: float = Field(description="Hours worked.")


class SvrOut(Schema):
    id: int = Field(description="Id of the report.")
    number: str = Field(description="Number of the report, as it is printed.", examples=["SVR00012"])
    version: int = Field(description="A ticket whose report was rejected gets another one with the next version.")
    state: State = Field(description="`sent`: waits for the client's decision. It is decided once.")
    ticket: SvrTicket = Field(description="The ticket whose work is reported.")
    asset: SvrAsset | None = Field(description="The device that was worked on, if the ticket has one.")
    subject: str = Field(description="Subject of the ticket when the report was sent.")
    summary: str = Field(description="What was done, as plain text.")
    engineer: str | None = Field(description="Who is responsible for the work.")
    lines: list[SvrLine] = Field(description="The time that was worked, in order.")
    total_hours: float = Field(description="Sum of the hours of all lines.")
    content_hash: str = Field(description="SHA-256 of what was sent; it cannot change after that.")
    sent_at: Timestamp = Field(description="When the report was sent to the client.")
    decided_at: Timestamp | None = Field(description="When the client decided.")
    decided_by: str | None = Field(
        description="Name that was typed to approve, or that of the login that sent the report back."
    )
    rejection_reason: str | None = Field(description="What is missing, where the report was rejected.")
    updated_at: Timestamp = Field(description="Last change of anything above.")
