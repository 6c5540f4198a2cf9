"""Tickets, as they come in and as they go out."""

from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from .common import Email, Moment, Phone, RecordId, Schema, line, text

Priority = Literal["low", "medium", "high", "critical"]


class AssetReference(Schema):
    """One of the client's assets, named in one way."""

    id: RecordId | None = None
    hostname: line(255) | None = None
    serial_number: line(255) | None = None

    @model_validator(mode="after")
    def _check_exactly_one(self):
        if len(self.model_dump(exclude_none=True)) != 1:
            raise PydanticCustomError("asset_reference", "Give exactly one of id, hostname and serial_number.")
        return self

    def as_pair(self):
        [(attribute, value)] = self.model_dump(exclude_none=True).items()
        return attribute, value


class ContactIn(Schema):
    name: line(200)
    email: Email | None = None
    phone: Phone | None = None


class TicketIn(Schema):
    subject: line(200)
    description: text(20_000)
    priority: Priority = "medium"
    asset: AssetReference | None = None
    contact: ContactIn | None = None
    external_reference: line(100) | None = None


class Stage(Schema):
    code: str | None
    name: str


class AssetOut(Schema):
    id: int
    hostname: str


class ContactOut(Schema):
    name: str | None
    email: str | None
    phone: str | None


class Sla(Schema):
    layer: str
    name: str
    deadline: Moment | None
    state: str


class TicketOut(Schema):
    id: int
    number: str
    subject: str
    description: str
    stage: Stage
    priority: Priority
    asset: AssetOut | None
    contact: ContactOut | None
    external_reference: str | None
    sla: list[Sla]
    created_at: Moment
    updated_at: Moment
    closed_at: Moment | None
