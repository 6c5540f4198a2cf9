"""The events that clients' systems can be told of, each with its model, its schema and the function that describes it.

The API registers each event here with the function that answers a GET, so a webhook says what the API says. Models
name an event by its code and know no schema.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from ..text import to_rfc3339

PING = "ping"


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """A kind of event. It is about records of `model`; `describe` turns them into data of the schema `answer`.

    `find_subject` gives the record that a record is about: the ticket of a comment, for example. The subject's
    `client_field` is the client who may be told.
    """

    code: str
    model: str
    answer: type[BaseModel]
    describe: Callable
    summary: str
    client_field: str
    find_subject: Callable
    # The addon that registers the event.
    module: str

    def find_client(self, record):
        return self.find_subject(record)[self.client_field]


_EVENTS = {}


def make_payload(code, moment, data):
    """The body of a message; `moment` is in naive UTC."""
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
    """The events of the addons that are installed in this database, in a stable order."""
    return [event for _code, event in sorted(_EVENTS.items()) if event.module in registry._init_modules]
