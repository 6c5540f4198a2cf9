"""The decorator of every API route: it checks the key, its scope and rate, validates the request, and repeats answers.

A route's function gets the key as `api_key`, in the environment of the key's user, so that record rules hold for what
it reads. It also gets the variables of the path, and the validated `query`, `body` and `upload` if it has them. It
returns an `Answer` or a `FileAnswer`. Its docstring is its description in the OpenAPI document.
"""

import functools
import inspect
import re
from http import HTTPStatus

from werkzeug.wrappers import Response

from odoo import http
from odoo.http import request

from ..const import ROUTE_TYPE
from .allow import get_allowed_methods
from .answer import Answer, FileAnswer, make_conditional  # noqa: F401
from .errors import MEDIA_TYPE as PROBLEM_MEDIA_TYPE
from .errors import Problem, method_not_allowed, not_acceptable
from .gate import authenticate
from .idempotency import run_once
from .operation import ROOT, Deprecation, Operation, Upload, get_fixed_methods, register  # noqa: F401
from .reading import read_json_body, read_upload, validate_body, validate_query
from .schemas.common import Query

BODY_LIMIT = 256 * 1024

_HANDED_OVER = ("api_key", "body", "query", "upload")
# The fields of the key that most routes read.
_KEY_FIELDS = ("company_id", "partner_id", "team_id")
_INTEGER = re.compile(r"<int:(\w+)>")
# An id is an integer of four bytes.
_ID = re.compile(r"0*[0-9]{1,10}")
_MAX_ID = 2**31 - 1


def api_route(
    path,
    *,
    method,
    scope,
    body=None,
    query=None,
    upload=None,
    answer=None,
    status=200,
    summary="",
    tag="",
    deprecated=None,
    errors=(),
    body_limit=BODY_LIMIT,
):
    """Make a controller's method a route of the API, and register the `Operation` that describes it."""
    if method != "GET" and not (body or upload):
        raise ValueError(f"{method} {path} takes neither a body nor a file: nothing tells two requests apart")

    def decorate(function):
        operation = register(
            Operation(
                path=path,
                method=method,
                scope=scope,
                body=body,
                query=query,
                upload=upload,
                answer=answer,
                status=status,
                summary=summary,
                description=inspect.getdoc(function) or "",
                tag=tag,
                deprecated=deprecated,
                errors=tuple(errors),
                body_limit=body_limit,
                name=function.__name__,
                module=function.__module__.split(".")[2],
            )
        )

        @functools.wraps(function)
        def endpoint(self, **path_values):
            return _serve(operation, functools.partial(function, self), path_values)

        endpoint.__signature__ = _get_path_signature(function)
        return http.route(
            # Integers in the path are read by `_read_path`: werkzeug fails at numbers with thousands of digits.
            ROOT + _INTEGER.sub(r"<string:\1>", path),
            type=ROUTE_TYPE,
            auth="none",
            methods=[method],
            csrf=False,
            save_session=False,
            readonly=False,
        )(endpoint)

    return decorate


def _get_path_signature(function):
    """The signature that Odoo sees: only the variables of the path, which it hands over by name."""
    signature = inspect.signature(function)
    return signature.replace(
        parameters=[parameter for name, parameter in signature.parameters.items() if name not in _HANDED_OVER]
    )


def _serve(operation, function, path_values):
    httprequest = request.httprequest
    # Odoo passes OPTIONS to every route.
    if httprequest.method == "OPTIONS":
        return Response(status=204, headers={"Allow": ", ".join(get_allowed_methods(request))})
    _announce(operation)
    values = _read_path(operation, path_values)
    access = None
    if operation.scope:
        values["api_key"], access = authenticate(operation.scope)
    _check_accept(operation, httprequest)
    if operation.query or httprequest.query_string:
        query = validate_query(operation.query or Query, httprequest)
        if operation.query:
            values["query"] = query
    if operation.is_read:
        response = _act(function, values)
        return make_conditional(response, httprequest) if response.status_code == HTTPStatus.OK else response
    return _write(operation, function, values, access)


def _write(operation, function, values, access):
    httprequest = request.httprequest
    if operation.upload:
        upload = values["upload"] = read_upload(httprequest, operation.upload)
        content = upload.get_fingerprint()
    else:
        content = read_json_body(httprequest, operation.body_limit)

    def act():
        if operation.body:
            values["body"] = validate_body(operation.body, content, access.region)
        return _act(function, values)

    return run_once(request.env, access.partner_id, httprequest, content, act)


def _act(function, values):
    if api_key := values.get("api_key"):
        # sudo: the key belongs to the caller, so these fields are read without asking record rules at every request.
        api_key.sudo().fetch(_KEY_FIELDS)
    answer = function(**values)
    # Write now, so that what the database refuses becomes an answer of this request.
    request.env.flush_all()
    return answer if isinstance(answer, Response) else answer.make_response()


def _announce(operation):
    """Set the headers that every answer of the route has, also problems."""
    headers = request.dispatcher.headers
    headers["Vary"] = "Authorization, Accept" if operation.scope else "Accept"
    if deprecated := operation.deprecated:
        headers.update(deprecated.get_headers())


def _read_path(operation, path_values):
    # A written-out address such as `/tickets/batch` is no ticket number, so its own methods are the only ones.
    if path_values and get_fixed_methods(request.httprequest.path.removeprefix(ROOT)):
        raise method_not_allowed(get_allowed_methods(request))
    values = dict(path_values)
    for name in _INTEGER.findall(operation.path):
        if not _ID.fullmatch(values[name]) or int(values[name]) > _MAX_ID:
            raise Problem(404, "There is no such thing here.")
        values[name] = int(values[name])
    return values


def _check_accept(operation, httprequest):
    # Other parameters of a range than its weight, such as a charset, change nothing.
    accepted = {}
    for media_range, quality in httprequest.accept_mimetypes:
        media_type = media_range.partition(";")[0].strip().lower()
        accepted[media_type] = max(quality, accepted.get(media_type, 0))
    if not accepted:
        return
    quality = _get_quality(accepted, operation.answer_media_type)
    # A caller that accepts only problems gets the answer all the same, unless it has ruled that out.
    if quality is None:
        quality = _get_quality(accepted, PROBLEM_MEDIA_TYPE)
    if not quality:
        raise not_acceptable(operation.answer_media_type)


def _get_quality(accepted, media_type):
    """The weight that the narrowest matching range gives the media type; None if none matches."""
    if media_type == "*/*":
        # The answer is a file, whose type is not known yet.
        return max(accepted.values())
    main = media_type.partition("/")[0]
    ranges = (media_type, f"{main}/*", "*/*", "*")
    return next((accepted[media_range] for media_range in ranges if media_range in accepted), None)
