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
    """A device says that it is there, and what it is.

    What is empty or None was not told: it says nothing about the device.
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
    """Something happened on a device, or is over. `condition` names what it is, the same for every repeat."""

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
    """Something that is good to know and changes nothing here; `text` says what it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Organization:
    """A client, as the vendor knows it."""

    identifier: str
    name: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message for the inbox, however it came."""

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
    """Something to do at the vendor; `key` is the same for every try."""

    operation: str
    payload: dict
    key: str


@dataclass(frozen=True, slots=True)
class Sent:
    """It is done: the vendor's id for what came of it, and what else is good to know."""

    external_id: str = ""
    detail: dict = field(default_factory=dict)


def normalise_title(title):
    """What an alert is about, however it is written this time: no case, no spaces, no measured percentages."""
    return _PERCENTAGE.sub("#%", clean_line(title)).casefold()
