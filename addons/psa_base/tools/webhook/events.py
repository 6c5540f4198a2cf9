"""What clients' systems can be told of: each event by its code, with what it is about and how that is written.

The API registers its events here with the same function that answers a GET, so a webhook says what the API says;
models name an event by its code and know no schema.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from ..text import to_rfc3339

PING = "ping"


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """`describe` makes of records of `model` what `answer` is the schema of.

    `find_subject` of one gives the record that it is about, whose `client_field` says who may be told.
    """

    code: str
    model: str
    answer: type[BaseModel]
    describe: Callable
    summary: str
    client_field: str
    find_subject: Callable
    # the addon that brings it
    module: str

    def find_client(self, record):
        return self.find_subject(record)[self.client_field]


_EVENTS = {}


def make_payload(code, moment, data):
    """What is posted of an event; `moment` is in UTC."""
    return {"type": code, "timestamp": to_rfc3339(moment), "data": data}


def _find_itself(record):
    return record


def register_event(
    code, model, answer, describe, summary, *, client_field="commercial_partner_id", find_subject=_find_itself
):
    module = describe.__module__.split(".")[2]
    _EVENTS[code] = ClientEvent(code, model, answer, describe, summary, client_field, find_subject, module)


def get_event(code):
    return _EVENTS[code]


def get_events(registry):
    """Those of the addons that are installed in this database, in a stable order."""
    return [event for _code, event in sorted(_EVENTS.items()) if event.module in registry._init_modules]
