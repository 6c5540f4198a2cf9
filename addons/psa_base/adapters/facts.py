"""What adapters return and are given, as plain data: devices, alerts, messages in and out."""

import enum
import re
from dataclasses import dataclass, field
from datetime import datetime

from ..tools.text import clean_line

# An operation that several adapters know: {"name"} -> the organization's ID.
CREATE_ORGANIZATION = "organization.create"

_PERCENTAGE = re.compile(r"\d+(?:[.,]\d+)?\s*%")


class Priority(enum.StrEnum):
    LOW = "low"
    NORMAL = "normal"
    ELEVATED = "elevated"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Device:
    """What a message says of a device.

    A field that is empty or None was not in the message: it says nothing about the device.
    """

    identifier: str
    name: str
    group: str
    os_info: str = ""
    serial_number: str = ""
    organization_id: str = ""
    seen_at: datetime | None = None
    in_maintenance: bool | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something happened on a device, or is over. `condition` identifies it: it is the same for every repeat."""

    device_identifier: str
    title: str
    message: str
    priority: Priority
    condition: str = ""
    external_id: str = ""
    occurred_at: datetime | None = None
    group: str = ""
    organization_id: str = ""
    hostname: str = ""
    state: str = "open"

    def __post_init__(self):
        if not self.condition:
            object.__setattr__(self, "condition", normalise_title(self.title))


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that changes nothing here. `text` says what it is about."""

    text: str


@dataclass(frozen=True, slots=True)
class Organization:
    """A client, as the vendor knows it."""

    identifier: str
    name: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message to store in the inbox."""

    dedupe_key: str
    event_type: str
    device_key: str
    payload: dict
    source: str = "poll"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of what a poll fetched. `cursor` (plain JSON) fetches the next page; None: this is the last one."""

    rows: list
    cursor: dict | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An operation to do at the vendor. `key` is the same for every try."""

    operation: str
    payload: dict
    key: str


@dataclass(frozen=True, slots=True)
class Sent:
    """An operation that was done: the vendor's ID of what it made, and other facts for people."""

    external_id: str = ""
    detail: dict = field(default_factory=dict)


def normalise_title(title):
    """The title without what differs between repeats of an alert: case, extra spaces and measured percentages."""
    return _PERCENTAGE.sub("#%", clean_line(title)).casefold()
