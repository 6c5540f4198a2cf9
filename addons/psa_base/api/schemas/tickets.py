"""Schemas of tickets, in requests and in answers."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

from .common import ChangeQuery, Email, Phone, RecordId, Schema, Timestamp, line, text
from .problem import ProblemOut

Priority = Literal["low", "medium", "high", "critical"]

# The reference has an index, and 100 characters of eight code points each could be too long for one in PostgreSQL.
Reference = line(100, max_parts=6)


def _take_one_field(schema):
    """Say in the OpenAPI document that exactly one of the fields is given."""
    for field in schema["properties"].values():
        del field["default"]
    schema |= {"minProperties": 1, "maxProperties": 1}


class AssetReference(Schema):
    """One of the client's assets, named in exactly one way."""

    model_config = ConfigDict(json_schema_extra=_take_one_field)

    id: RecordId = Field(None, description="The asset's id in this API.")
    hostname: line(255) = Field(None, description="Upper and lower case are the same.", examples=["HD-RECEPTION"])
    serial_number: line(255) = Field(None, description="Upper and lower case are the same.", examples=["5CG2310XYZ"])

    @model_validator(mode="after")
    def _check_exactly_one(self):
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError("asset_reference", "Give exactly one of id, hostname and serial_number.")
        return self

    def as_pair(self):
        [(attribute, value)] = self.model_dump(exclude_unset=True).items()
        return attribute, value


class ContactIn(Schema):
    """Who reports it. With the address of a known contact the ticket is that person's."""

    name: line(200) = Field(description="The person's name.", examples=["Kim Tran"])
    email: Email | None = Field(None, description="One e-mail address.", examples=["kim@harbourdental.example"])
    phone: Phone | None = Field(
        None,
        description="As people write it; without a country code it is of the provider's country. Kept as E.164.",
        examples=["(02) 9374 4000"],
    )


class TicketIn(Schema):
    """A ticket to open."""

    subject: line(200) = Field(description="What it is about, on one line.", examples=["Cannot print"])
    description: text(20_000) = Field(
        description="What happened, in plain text; line breaks stay, markup is text like any other.",
        examples=["Since this morning.\nBoth printers."],
    )
    priority: Priority = Field("medium", description="How urgent it is for the client.")
    asset: AssetReference | None = Field(None, description="The device that it is about.")
    contact: ContactIn | None = Field(None, description="Who reports it; without one it is the company's.")
    external_reference: Reference | None = Field(
        None, description="What your own system calls the ticket. Lists can be filtered by it.", examples=["PS-4711"]
    )


class ReopenIn(Schema):
    """Why work on a ticket has to go on."""

    reason: text(20_000) = Field(description="Becomes a comment on the ticket.", examples=["It jams again."])


def _check_object(value):
    """Refuse an item that is not an object with one message. The union would give one for each of its types."""
    if not isinstance(value, dict):
        raise PydanticKnownError("model_type", {"class_name": TicketIn.__name__})
    return value


# An object that is not a valid ticket is an item all the same, so that it is refused alone and not with the batch.
BatchItem = Annotated[TicketIn | dict[str, Any], Field(union_mode="left_to_right"), BeforeValidator(_check_object)]


class BatchIn(Schema):
    """Tickets to open at once."""

    items: list[BatchItem] = Field(
        min_length=1,
        max_length=100,
        description="Each as in `POST /tickets`. One that is not in order is refused by itself; the others are opened.",
    )


class TicketQuery(ChangeQuery):
    """Which tickets to list. Filters hold together."""

    stage: line(100) | None = Field(
        None, description="The code of a stage, as in `stage.code` of a ticket.", examples=["in_progress"]
    )
    priority: Priority | None = Field(None, description="Tickets of this priority only.")
    external_reference: Reference | None = Field(
        None, description="Tickets with exactly this reference.", examples=["PS-4711"]
    )


class Stage(Schema):
    """Where a ticket stands."""

    code: str | None = Field(
        description="For programs: it stays when people rename the stage.", examples=["in_progress"]
    )
    name: str = Field(description="For people.", examples=["In progress"])


class TicketAsset(Schema):
    """The device that a ticket is about."""

    id: int = Field(description="The asset's id.", examples=[17])
    hostname: str = Field(description="What the device is called.", examples=["HD-RECEPTION"])


class ContactOut(Schema):
    """Who reported a ticket."""

    name: str = Field(description="The person's name.", examples=["Kim Tran"])
    email: str | None = Field(description="The e-mail address, if it is known.", examples=["kim@harbourdental.example"])
    phone: str | None = Field(description="The phone number, if it is known.", examples=["+61293744000"])


class Sla(Schema):
    """A target that the client is promised."""

    layer: Literal["client"] = Field(description="Always `client`: targets that the provider sets itself are its own.")
    name: str = Field(description="What the target is called.", examples=["First response, high"])
    deadline: Timestamp | None = Field(description="When it is due; it moves while the clock stands still.")
    state: Literal["in_progress", "on_hold", "accomplished", "expired"] = Field(
        description="Whether the clock runs, stands still, stopped in time, or ran out."
    )


class TicketOut(Schema):
    """A ticket as its client sees it."""

    id: int = Field(description="The ticket's id.", examples=[42])
    number: str = Field(description="What people call it, and what addresses name it by.", examples=["HT00042"])
    subject: str = Field(description="What it is about.", examples=["Cannot print"])
    description: str = Field(description="What happened, in plain text.", examples=["Since this morning."])
    stage: Stage = Field(description="Where it stands.")
    priority: Priority = Field(description="How urgent it is.")
    asset: TicketAsset | None = Field(description="The device that it is about.")
    contact: ContactOut | None = Field(description="Who reported it; null where it was nobody in particular.")
    external_reference: str | None = Field(description="What your own system calls it.", examples=["PS-4711"])
    sla: list[Sla] = Field(description="The targets that you were promised.")
    created_at: Timestamp = Field(description="When it was opened.")
    updated_at: Timestamp = Field(
        description="When the ticket was changed last, or a comment or file was added. Times and states of `sla` and "
        "names of its stage, asset and contact change without it: read them when you need them."
    )
    closed_at: Timestamp | None = Field(description="When it was closed; null while it is open.")


class BatchResult(Schema):
    """What became of one item."""

    index: int = Field(description="The place of the item in the request, from 0.")
    status: int = Field(description="The HTTP status that `POST /tickets` would have answered.", examples=[201])
    ticket: TicketOut | None = Field(description="The ticket, if it was opened.")
    problem: ProblemOut | None = Field(description="What is wrong, if it was not.")


class BatchOut(Schema):
    """What became of each item, in the order of the request."""

    results: list[BatchResult] = Field(description="One for each item.")
