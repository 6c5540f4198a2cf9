"""What the comparison of two API documents calls a break, on made-up documents."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from psa_cli.openapi.api_breaks import find_breaks

Document = dict[str, Any]

TICKET_IN = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "minLength": 1, "maxLength": 200},
        "priority": {"enum": ["low", "medium", "high"], "type": "string", "default": "medium"},
        "contact": {"anyOf": [{"$ref": "#/components/schemas/Contact"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        "weight": {"type": "number"},
    },
    "required": ["subject"],
    "additionalProperties": False,
}
CONTACT = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "manager": {"$ref": "#/components/schemas/Contact"}},
    "required": ["name"],
}
TICKET_OUT = {
    "type": "object",
    "properties": {
        "number": {"type": "string"},
        "priority": {"enum": ["low", "medium", "high"], "type": "string"},
        "closed_at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        "contact": {"$ref": "#/components/schemas/Contact"},
    },
    "required": ["number", "priority", "closed_at", "contact"],
}
ANSWER = {
    "headers": {"ETag": {"schema": {"type": "string"}}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TicketOut"}}},
}


def parameter(name: str, **more: Any) -> Document:
    return {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}, **more}


RELEASED: Document = {
    "paths": {
        "/tickets": {
            "post": {
                "operationId": "createTicket",
                "security": [{"key": ["tickets:write"]}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TicketIn"}}},
                },
                "responses": {"201": ANSWER, "422": {"$ref": "#/components/responses/Invalid"}},
            }
        },
        "/tickets/{number}": {
            "get": {
                "operationId": "getTicket",
                "parameters": [parameter("limit"), {"$ref": "#/components/parameters/Page"}],
                "responses": {"200": ANSWER},
            },
            "put": {
                "operationId": "putTicket",
                "requestBody": {"content": {"application/json": {"schema": {"type": "string"}}}},
                "responses": {"200": {"description": "Done."}},
            },
        },
    },
    "webhooks": {
        "ticket.created": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/TicketOut"}}}}
            }
        }
    },
    "components": {
        "schemas": {"TicketIn": TICKET_IN, "TicketOut": TICKET_OUT, "Contact": CONTACT},
        "responses": {"Invalid": {"description": "No.", "content": {"application/problem+json": {}}}},
        "parameters": {"Page": parameter("page")},
    },
}


def at(document: Document, path: str) -> Any:
    """`paths|/tickets|post` of the document."""
    for part in path.split("|"):
        document = document[int(part) if isinstance(document, list) else part]
    return document


def put(path: str, value: Any) -> Callable[[Document], None]:
    folder, _bar, name = path.rpartition("|")

    def change(document: Document) -> None:
        at(document, folder)[name] = value

    return change


def drop(path: str) -> Callable[[Document], None]:
    folder, _bar, name = path.rpartition("|")

    def change(document: Document) -> None:
        parent = at(document, folder)
        parent.pop(int(name) if isinstance(parent, list) else name)

    return change


def add(path: str, value: Any) -> Callable[[Document], None]:
    return lambda document: at(document, path).append(value)


IN = "components|schemas|TicketIn"
OUT = "components|schemas|TicketOut"
CREATE = "paths|/tickets|post"
READ = "paths|/tickets/{number}|get"
REPLACE = "paths|/tickets/{number}|put"

BREAKS = {
    # addresses
    "path is gone": (drop("paths|/tickets"), "/tickets: this address is gone"),
    "method is gone": (drop(REPLACE), "PUT /tickets/{number}: this method is gone"),
    "operation has another name": (
        put(f"{READ}|operationId", "readTicket"),
        "GET /tickets/{number}: the operation was getTicket, is readTicket",
    ),
    "another scope": (
        put(f"{CREATE}|security", [{"key": ["tickets:write", "assets:read"]}]),
        "POST /tickets: it needs another key or scope",
    ),
    # parameters
    "parameter is gone": (drop(f"{READ}|parameters|0"), "GET /tickets/{number}, query limit: this parameter is gone"),
    "parameter is needed": (
        put(f"{READ}|parameters|0|required", True),
        "GET /tickets/{number}, query limit: it is needed now",
    ),
    "new parameter is needed": (
        add(f"{READ}|parameters", parameter("since", required=True)),
        "GET /tickets/{number}, query since: it is new, and needed",
    ),
    "parameter takes less": (
        put(f"{READ}|parameters|0|schema|maximum", 50),
        "GET /tickets/{number}, query limit: maximum was 100, is 50",
    ),
    "shared parameter takes less": (
        put("components|parameters|Page|schema|minimum", 2),
        "GET /tickets/{number}, query page: minimum was 1, is 2",
    ),
    # bodies
    "body is gone": (drop(f"{REPLACE}|requestBody"), "PUT /tickets/{number}, body: it is taken no longer"),
    "body is needed": (put(f"{REPLACE}|requestBody|required", True), "PUT /tickets/{number}, body: it is needed now"),
    "new body is needed": (
        put(f"{READ}|requestBody", {"required": True, "content": {}}),
        "GET /tickets/{number}, body: it is new, and needed",
    ),
    "media type is gone": (
        put(f"{REPLACE}|requestBody|content", {"text/plain": {}}),
        "PUT /tickets/{number}, body: application/json is gone",
    ),
    "input field is gone": (drop(f"{IN}|properties|tags"), "POST /tickets, body.tags: this field is gone"),
    "input field is needed": (put(f"{IN}|required", ["subject", "tags"]), "POST /tickets, body.tags: it is needed now"),
    "new input field is needed": (
        lambda document: (put(f"{IN}|properties|asset", {})(document), add(f"{IN}|required", "asset")(document)),
        "POST /tickets, body.asset: it is needed now",
    ),
    "input type is another": (
        put(f"{IN}|properties|subject", {"type": "integer"}),
        "POST /tickets, body.subject: no longer takes string",
    ),
    "input type is narrower": (
        put(f"{IN}|properties|weight", {"type": "integer"}),
        "POST /tickets, body.weight: no longer takes number",
    ),
    "input takes no null": (
        put(f"{IN}|properties|contact", {"$ref": "#/components/schemas/Contact"}),
        "POST /tickets, body.contact: no longer takes null",
    ),
    "input value is gone": (
        put(f"{IN}|properties|priority|enum", ["low", "medium"]),
        "POST /tickets, body.priority: no longer takes 'high'",
    ),
    "input takes listed values only": (
        put(f"{IN}|properties|subject|enum", ["Help"]),
        "POST /tickets, body.subject: no longer takes anything",
    ),
    "input takes one value only": (
        put(f"{IN}|properties|priority", {"const": "low", "type": "string"}),
        "POST /tickets, body.priority: no longer takes 'medium'",
    ),
    "input is shorter": (
        put(f"{IN}|properties|subject|maxLength", 80),
        "POST /tickets, body.subject: maxLength was 200, is 80",
    ),
    "input has a new limit": (
        put(f"{IN}|properties|tags|minItems", 1),
        "POST /tickets, body.tags: minItems was not set, is 1",
    ),
    "input has a pattern": (
        put(f"{IN}|properties|subject|pattern", "^A"),
        "POST /tickets, body.subject: pattern was not set, is ^A",
    ),
    "items are narrower": (
        put(f"{IN}|properties|tags|items|maxLength", 5),
        "POST /tickets, body.tags.[]: maxLength was not set, is 5",
    ),
    # answers
    "status is gone": (drop(f"{CREATE}|responses|201"), "POST /tickets: the answer 201 is gone"),
    "problem is gone": (drop(f"{CREATE}|responses|422"), "POST /tickets: the answer 422 is gone"),
    "header is gone": (
        drop(f"{READ}|responses|200|headers|ETag"),
        "GET /tickets/{number}, answer 200: the header ETag is gone",
    ),
    "answer is of another kind": (
        put("components|responses|Invalid|content", {"application/json": {}}),
        "POST /tickets, answer 422: application/problem+json is gone",
    ),
    "output field is gone": (drop(f"{OUT}|properties|number"), "POST /tickets, answer 201.number: this field is gone"),
    "output field may be missing": (
        put(f"{OUT}|required", ["number", "priority", "closed_at"]),
        "POST /tickets, answer 201.contact: it may be missing now",
    ),
    "output may be null": (
        put(f"{OUT}|properties|number|type", ["string", "null"]),
        "POST /tickets, answer 201.number: may now be null",
    ),
    "output is of another type": (
        put(f"{OUT}|properties|number|type", "integer"),
        "POST /tickets, answer 201.number: may now be integer",
    ),
    "output has a new value": (
        add(f"{OUT}|properties|priority|enum", "urgent"),
        "POST /tickets, answer 201.priority: may now be 'urgent'",
    ),
    "output is of no listed value": (
        drop(f"{OUT}|properties|priority|enum"),
        "POST /tickets, answer 201.priority: may now be anything",
    ),
    "output has another format": (
        put(f"{OUT}|properties|closed_at|anyOf|0|format", "date"),
        "POST /tickets, answer 201.closed_at: format was date-time, is date",
    ),
    # webhooks
    "event is gone": (drop("webhooks|ticket.created"), "webhook ticket.created: it is sent no longer"),
    "event has another payload": (
        put("webhooks|ticket.created|post|requestBody|content|application/json|schema", {"type": "string"}),
        "webhook ticket.created: may now be string",
    ),
}
NO_BREAKS = {
    "path is new": put("paths|/assets", {"get": {"responses": {}}}),
    "method is new": put("paths|/tickets|get", {"responses": {}}),
    "parameter is new": add(f"{READ}|parameters", parameter("since")),
    "parameter takes more": put(f"{READ}|parameters|0|schema|maximum", 1000),
    "input field is new": put(f"{IN}|properties|asset", {"type": "string"}),
    "input is needed no longer": drop(f"{IN}|required"),
    "input takes more values": add(f"{IN}|properties|priority|enum", "urgent"),
    "input takes any text": drop(f"{IN}|properties|priority|enum"),
    "input takes null": put(f"{IN}|properties|subject|type", ["string", "null"]),
    "input is longer": put(f"{IN}|properties|subject|maxLength", 300),
    "answer is new": put(f"{CREATE}|responses|403", {"description": "No."}),
    "output field is new": put(f"{OUT}|properties|colour", {"type": "string"}),
    "output has fewer values": put(f"{OUT}|properties|priority|enum", ["low"]),
    "output is never null": put(f"{OUT}|properties|closed_at", {"type": "string", "format": "date-time"}),
    "header is new": put(f"{READ}|responses|200|headers|Link", {}),
    "event is new": put("webhooks|invoice.posted", {"post": {}}),
    "words are others": put(f"{CREATE}|summary", "Open a ticket"),
}


@pytest.fixture
def present():
    return deepcopy(RELEASED)


def test_document_keeps_its_own_promises(present):
    assert find_breaks(RELEASED, present) == []


@pytest.mark.parametrize(("change", "sentence"), BREAKS.values(), ids=BREAKS)
def test_break_is_named(present, change, sentence):
    change(present)
    assert sentence in find_breaks(RELEASED, present)


@pytest.mark.parametrize("change", NO_BREAKS.values(), ids=NO_BREAKS)
def test_addition_breaks_nothing(present, change):
    change(present)
    assert find_breaks(RELEASED, present) == []


def test_shared_schema_breaks_inputs_and_answers_alike(present):
    present["components"]["schemas"]["Contact"]["properties"]["name"] = {"type": ["string", "null"]}
    assert "POST /tickets, answer 201.contact.name: may now be null" in find_breaks(RELEASED, present)
    assert "POST /tickets, body.contact.name: no longer takes null" in find_breaks(present, RELEASED)


def test_schema_that_holds_itself_comes_to_an_end(present):
    manager = {"anyOf": [{"$ref": "#/components/schemas/Contact"}, {"type": "null"}]}
    present["components"]["schemas"]["Contact"]["properties"]["manager"] = manager
    assert find_breaks(present, deepcopy(present)) == []
