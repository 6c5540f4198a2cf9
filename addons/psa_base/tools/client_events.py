"""What clients' systems can be told of: each event by its code, with what it is about and how that is written.

The API registers its events here with the same function that answers a GET, so a webhook says what the API says;
models name an event by its code and know no schema.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

PING = "ping"


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """`describe` makes of records of `model` what `answer` is the schema of; `client_field` of one says whose it is."""

    code: str
    model: str
    answer: type[BaseModel]
    describe: Callable
    summary: str
    client_field: str
    # the addon that brings it
    module: str


_EVENTS = {}


def make_payload(code, moment, data):
    """What is posted of an event; `moment` is in UTC."""
    return {"type": code, "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S}Z", "data": data}


def register_event(code, model, answer, describe, summary, client_field="commercial_partner_id"):
    module = describe.__module__.split(".")[2]
    _EVENTS[code] = ClientEvent(code, model, answer, describe, summary, client_field, module)


def get_event(code):
    return _EVENTS[code]


def get_events(registry):
    """Those of the addons that are installed in this database, in a stable order."""
    return [event for _code, event in sorted(_EVENTS.items()) if event.module in registry._init_modules]
