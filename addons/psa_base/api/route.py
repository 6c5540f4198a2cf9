"""The decorator of every API route: key, scope, rate, body, idempotency, and problems for answers.

A route's function gets the key, in the environment of the key's own user, so that record rules
guard what it reads; then what the path holds; then the validated body. It returns an `Answer`.
"""

import functools
import inspect
import re
import time
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from werkzeug.wrappers import Response

from odoo import http
from odoo.http import request

from ..exceptions import FieldError
from ..tools import strict_json
from .dispatcher import ROUTE_TYPE, read_json_body
from .errors import Problem, method_not_allowed, too_many
from .idempotency import run_once

ROOT = "/psa/api/v1"
BODY_LIMIT = 256 * 1024

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    body: BaseModel
    status: int = 200
    location: str | None = None

    def make_response(self):
        headers = {"Location": self.location} if self.location else {}
        return Response(self.body.model_dump_json(), self.status, headers, content_type="application/json")


def api_route(path, *, method, scope, body=None):
    """Make a controller's method a route: `body` is the schema of what it takes, if it takes anything."""

    def decorate(function):
        @functools.wraps(function)
        def endpoint(self, **path_values):
            # Odoo lets OPTIONS through to every route
            if request.httprequest.method == "OPTIONS":
                raise method_not_allowed([method])
            api_key = _authenticate(scope)

            def act():
                try:
                    answer = function(self, api_key, **path_values)
                except FieldError as error:
                    raise _invalid([{"field": error.field, "code": error.code, "message": error.message}]) from error
                # what the database refuses must be refused here, not after the answer
                api_key.env.flush_all()
                return answer.make_response()

            if method != "POST":
                return act()
            raw = read_json_body(request.httprequest, BODY_LIMIT)
            path_values["body"] = _validate(body, raw, api_key)
            return run_once(api_key, request.httprequest, raw, act)

        endpoint.__signature__ = _get_path_signature(function)
        return http.route(
            ROOT + path,
            type=ROUTE_TYPE,
            auth="none",
            methods=[method],
            csrf=False,
            save_session=False,
            readonly=False,
        )(endpoint)

    return decorate


def _get_path_signature(function):
    """Odoo hands over what the signature names; the key and the body are not in the path."""
    signature = inspect.signature(function)
    inner = ("api_key", "body")
    return signature.replace(
        parameters=[parameter for name, parameter in signature.parameters.items() if name not in inner]
    )


def _authenticate(scope):
    """The key of the request, in the environment of its user from here on."""
    match = _BEARER.fullmatch(request.httprequest.headers.get("Authorization", ""))
    api_key = match and request.env["psa.api.key"]._find_by_key(match.group(1))
    if not api_key:
        raise Problem(
            401,
            "A valid API key is needed: send Authorization: Bearer <key>.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if request.env["psa.api.usage"]._count_request(api_key, request.httprequest.remote_addr) > api_key.rate_per_minute:
        raise too_many(60 - int(time.time()) % 60)
    if not api_key._has_scope(scope):
        raise Problem(403, f"This key lacks the scope {scope}.", kind="scope")
    request.update_env(user=api_key.user_id.id, su=False)
    return api_key.with_env(request.env)


def _validate(schema, raw, api_key):
    try:
        payload = strict_json.loads_object(raw)
    except ValueError as error:
        raise Problem(400, f"The body must be one JSON object: {error}.") from error
    try:
        return schema.model_validate(payload, context={"region": api_key.company_id.country_id.code})
    except ValidationError as error:
        raise _invalid(
            [
                {"field": ".".join(map(str, fault["loc"])), "code": fault["type"], "message": fault["msg"]}
                for fault in error.errors(include_url=False, include_context=False, include_input=False)
            ]
        ) from error


def _invalid(errors):
    return Problem(422, "Some fields are not as they should be.", kind="validation", errors=errors)
