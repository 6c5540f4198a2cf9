"""What a remote monitoring system (RMM) tells us, and what an adapter for one must be able to do.

An adapter knows one vendor's wire format and nothing of Odoo: it reads headers and payloads and
returns the dataclasses below. It writes no record. Its column in `quality_scale.yaml` says how
complete it is. docs/adapters.md shows how to write one.
"""

import enum
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..exceptions import PayloadError
from ..tools.text import clean_line, clean_text

# Operations that several adapters know: {"name"} -> the organization's ID.
CREATE_ORGANIZATION = "organization.create"

# A number from here on counts milliseconds: as seconds it would be after the year 5000.
_FIRST_MILLISECONDS = 100_000_000_000

# What is longer is cut, unless the field says otherwise: much of it is looked up, and no index holds any length.
_MAX_LENGTH = 255

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


class RmmAdapter:
    """One vendor's way to sign and to write messages, to be asked and to be told.

    The attributes say what it can do; `register` checks that it defines the methods for that.
    `client` below is a VendorClient: it knows the address and the credentials, keeps to the rate, and
    raises CallError for every fault.
    """

    code = ""
    label = ""
    receives = True
    polls = ()
    operations = frozenset()
    registers_webhooks = False
    default_base_url = ""
    auth = None
    min_interval = 1.0
    # How long one answer may take as a whole, in seconds, however slowly it drips.
    patience = 90
    # How far off the moment in a message may be, in seconds, unless the connection says otherwise.
    tolerance_seconds = 300
    # The fields of a payload without which it cannot be worked, dotted: nobody may have them masked.
    needed_paths = ()
    # Adapters of one and the same monitoring system share its identifiers; another system has a name of its own.
    identity_source = "rmm"

    def is_genuine(self, headers, raw, secrets, now, tolerance):
        """Whether `raw` (bytes) was signed with one of `secrets` and is fresh at `now` (epoch seconds)."""
        return False

    def get_dedupe_key(self, headers, payload):
        """What two deliveries of the same message have in common, polled ones among them (their headers are {})."""

    def get_event_type(self, payload):
        """The vendor's name for the kind of message, empty when there is none."""
        return ""

    def get_device_key(self, payload):
        """What messages that must be worked in order have in common: the device, empty when there is none."""
        return ""

    def parse(self, payload):
        """Return the Device, Alert or Notice in `payload`, or raise PayloadError naming the field.

        Payloads are what was delivered, and the rows that the polls of devices and alerts return.
        """

    def fetch_organizations(self, client, cursor):
        """A Page of Organization; `cursor` is that of the page before, None for the first one."""

    def fetch_devices(self, client, cursor):
        """A Page of payloads that `parse` makes a Device of."""

    def fetch_alerts(self, client, cursor, since, find_known):
        """A Page of payloads that `parse` makes an Alert of: all that happened or changed after `since`.

        `find_known(dedupe keys)` returns those that are in the inbox already, so that nothing is fetched
        in detail for them.
        """

    def probe(self, client):
        """Make one harmless call, to find out whether address and credentials are right; say what was found."""
        kind = self.polls[0]
        if kind == "alerts":
            self.fetch_alerts(client, None, datetime.now(UTC), set)
            return ""
        page = getattr(self, f"fetch_{kind}")(client, None)
        return f"It knows {page.total if page.total is not None else len(page.rows)} {kind}."

    def send(self, client, outgoing):
        """Do one of `operations` at the vendor; return what came of it as Sent."""

    def look_up(self, client, outgoing):
        """What came of `outgoing` if the vendor has done it already, else None."""

    def register_webhook(self, client, name, url):
        """Have the vendor post to `url` from now on; return its signing secret. Done twice, it is registered once."""

    def is_idempotent(self, operation):
        """Whether the vendor itself knows a repeat by the key of the Outgoing."""
        return False


def normalise_title(title):
    """What an alert is about, however it is written this time: no case, no spaces, no measured percentages."""
    return _PERCENTAGE.sub("#%", clean_line(title)).casefold()


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
    """What `field` stands for in `choices`, whose keys are lower case; `default` when it is not told."""
    value = _find(payload, field)
    if value is None and default is not None:
        return default
    found = choices.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise PayloadError(field, f"one of {', '.join(choices)}")
    return found


def make_content_key(payload):
    """The same for the same content, for messages to which the vendor gives no ID."""
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
