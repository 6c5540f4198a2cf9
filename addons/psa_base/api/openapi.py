"""The OpenAPI document of the API, made from its operations and from the events that clients are told of."""

import json
import re
from functools import lru_cache

from ..tools.webhook.events import get_events
from .errors import MEDIA_TYPE as PROBLEM_MEDIA_TYPE
from .openapi_parts import (
    DESCRIPTION,
    ERRORS,
    HEADERS,
    PARAMETERS,
    PATH_WORDS,
    SECURITY,
    SECURITY_SCHEMES,
    WEBHOOK_HEADERS,
    refer,
)
from .openapi_schemas import Schemas
from .operation import ROOT, get_operations, has_addresses_beside
from .schemas.problem import ProblemOut

# Additions raise the second number, better descriptions the third. A change that breaks programs would be a /v2.
VERSION = "1.0.0"

_CONVERTER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


def get_document(registry):
    """The document (bytes) for what is installed in a database."""
    return _write_document(tuple(get_operations(registry)), tuple(get_events(registry)))


@lru_cache(maxsize=8)
def _write_document(operations, events):
    return json.dumps(make_document(operations, events), ensure_ascii=False, separators=(",", ":")).encode()


def make_document(operations, events):
    schemas = Schemas(
        bodies={operation.body for operation in operations if operation.body},
        queries={operation.query for operation in operations if operation.query},
        answers={operation.answer for operation in operations if isinstance(operation.answer, type)}
        | {event.answer for event in events}
        | {ProblemOut},
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stratum PSA",
            "version": VERSION,
            "summary": "Your tickets, assets, service reports and invoices, for your own programs.",
            "description": DESCRIPTION,
            "license": {"name": "AGPL-3.0", "identifier": "AGPL-3.0-only"},
        },
        "servers": [{"url": ROOT, "description": "Version 1"}],
        "tags": [{"name": tag} for tag in _sort_tags({operation.tag for operation in operations})],
        "paths": _make_paths(operations, schemas),
        "webhooks": {event.code: {"post": _make_webhook(event, schemas)} for event in events},
        "components": {
            "schemas": schemas.components,
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": {name: _make_error(**error) for name, error in ERRORS.values()},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _sort_tags(tags):
    """The tags by name; routes that describe the API come last."""
    return sorted(tags, key=lambda tag: (tag == "Documentation", tag))


def _make_paths(operations, schemas):
    paths = {}
    for operation in operations:
        path = _CONVERTER.sub(r"{\2}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _make_operation(operation, schemas)
    return paths


def _make_operation(operation, schemas):
    description = operation.description
    if operation.scope:
        description = f"{description}\n\nScope: `{operation.scope}`".strip()
    values = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": description,
        "parameters": _make_parameters(operation, schemas),
        "requestBody": _make_request_body(operation, schemas),
        "responses": _make_responses(operation, schemas),
        "security": [{SECURITY: [operation.scope]}] if operation.scope else [],
        "deprecated": bool(operation.deprecated),
    }
    return {name: value for name, value in values.items() if value or name == "security"}


def _make_parameters(operation, schemas):
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH_WORDS.get(name, "Id, as lists and answers give it."),
            "schema": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
            if converter == "int"
            else {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
        }
        for converter, name in _CONVERTER.findall(operation.path)
    ]
    if operation.query:
        parameters += schemas.make_query_parameters(operation.query)
    parameters.append(refer("parameters", "If-None-Match" if operation.is_read else "Idempotency-Key"))
    return [*parameters, refer("parameters", "X-Request-Id")]


def _make_request_body(operation, schemas):
    if operation.upload:
        schema = {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary", "description": "The file, with its name."}},
            "required": ["file"],
            "additionalProperties": False,
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    if operation.body:
        return {"required": True, "content": {"application/json": {"schema": schemas.get_taken(operation.body)}}}
    return None


def _make_responses(operation, schemas):
    responses = {str(operation.status): _make_success(operation, schemas)}
    if operation.is_read:
        responses["304"] = {
            "description": "What you have is what there is.",
            "headers": {name: refer("headers", name) for name in ("ETag", "X-Request-Id")},
        }
    for status in sorted(_get_errors(operation)):
        name, _error = ERRORS[status]
        responses[str(status)] = refer("responses", name)
    return responses


def _make_success(operation, schemas):
    schema = schemas.get_given(operation.answer) if isinstance(operation.answer, type) else None
    headers = ["X-Request-Id"]
    headers += ["ETag"] if operation.is_read else ["Idempotency-Replayed"]
    headers += ["RateLimit", "RateLimit-Policy"] if operation.scope else []
    headers += ["Location"] if operation.status == 201 else []
    headers += ["Content-Disposition"] if operation.scope and isinstance(operation.answer, str) else []
    headers += ["Deprecation", "Sunset", "Link"] if operation.deprecated else []
    success = {"description": "Done.", "headers": {name: refer("headers", name) for name in headers}}
    if operation.answer:
        success["content"] = {operation.answer_media_type: {"schema": schema} if schema else _get_raw(operation)}
    return success


def _get_raw(operation):
    """The content of an answer without a schema: a file, or a document that describes itself."""
    return {"schema": {"type": "string", "format": "binary"}} if operation.scope else {}


def _get_errors(operation):
    statuses = {406, 422, *operation.errors}
    if operation.scope:
        statuses |= {401, 403, 429}
    if "<" in operation.path:
        statuses.add(404)
    if has_addresses_beside(operation.path):
        statuses.add(405)
    if not operation.is_read:
        statuses |= {400, 409, 413, 415}
    return statuses


def _make_error(description, example, headers=()):
    reference = refer("schemas", ProblemOut.__name__)
    return {
        "description": description,
        "headers": {name: refer("headers", name) for name in ("X-Request-Id", *headers)},
        "content": {PROBLEM_MEDIA_TYPE: {"schema": reference, "example": example}},
    }


def _make_webhook(event, schemas):
    payload = {
        "type": "object",
        "properties": {
            "type": {"const": event.code, "type": "string", "description": "What happened."},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": schemas.get_given(event.answer),
        },
        "required": ["type", "timestamp", "data"],
    }
    return {
        "operationId": event.code.replace(".", "_"),
        "summary": event.summary,
        "tags": ["Webhooks"],
        "parameters": WEBHOOK_HEADERS,
        "requestBody": {"required": True, "content": {"application/json": {"schema": payload}}},
        "responses": {"2XX": {"description": "Any status from 200 to 299 says that it has arrived."}},
    }
