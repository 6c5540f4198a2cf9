"""What a remote monitoring system (RMM) tells us, and what an adapter for one must be able to do.

An adapter knows one vendor's wire format and nothing of Odoo: it reads headers and payloads and
returns the dataclasses below. It writes no record. Its column in `quality_scale.yaml` says how
complete it is.
"""

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass

from ..exceptions import PayloadError
from ..tools.text import clean_line, clean_text


class Priority(enum.StrEnum):
    LOW = "low"
    NORMAL = "normal"
    ELEVATED = "elevated"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Device:
    """A device says that it is there, and what it is."""

    identifier: str
    name: str
    group: str
    os_info: str = ""
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something happened on a device."""

    device_identifier: str
    title: str
    message: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that was fetched and not delivered, ready for the inbox.

    `device_key` is the vendor's identifier of the device that it is about, empty when it is about none: the messages
    of one device are worked in order.
    """

    dedupe_key: str
    event_type: str
    device_key: str
    payload: dict
    source: str = "poll"


class RmmAdapter(ABC):
    """One vendor's way to sign and to write messages."""

    @abstractmethod
    def is_genuine(self, headers, raw, secrets, now, tolerance):
        """Whether `raw` (bytes) was signed with one of `secrets` and is fresh at `now` (epoch seconds)."""

    @abstractmethod
    def get_dedupe_key(self, headers, payload):
        """What two deliveries of the same message have in common."""

    @abstractmethod
    def get_event_type(self, payload):
        """The vendor's name for the kind of message, empty when there is none."""

    @abstractmethod
    def get_device_key(self, payload):
        """The vendor's identifier of the device that the message is about, empty when there is none."""

    @abstractmethod
    def parse(self, payload):
        """Return the Device or Alert in `payload`, or raise PayloadError naming the field."""


def read_text(payload, field, *, required=True, max_length=255, multiline=False):
    """The text in `field` of `payload`, cleaned; `field` may be a dotted path."""
    value = payload
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise PayloadError(field, "a text")
    text = clean_text(value) if multiline else clean_line(value)
    if required and not text:
        raise PayloadError(field, "a text that is not empty")
    return text[:max_length]
