"""The routes of `type="psa"`, which programs call: Odoo leaves their body unread, and errors become problems."""

import logging
import re
import time
import uuid
from urllib.parse import quote

from werkzeug.exceptions import HTTPException

from odoo.exceptions import AccessDenied, AccessError, MissingError, UserError, ValidationError
from odoo.http import HttpDispatcher

from ..const import ROUTE_TYPE
from ..exceptions import FieldError
from ..tools import wire_errors
from ..tools.log_tokens import hide_tokens
from .errors import Problem, invalid

_logger = logging.getLogger(__name__)

# Programs also get problems for requests that the HTTP server refuses before any route.
wire_errors.install()

_REQUEST_ID = re.compile(r"[!-~]{1,128}")


class ProgramDispatcher(HttpDispatcher):
    """Serves programs. Unlike Odoo's dispatcher it reads no forms, asks no CSRF token and answers no error in HTML."""

    routing_type = ROUTE_TYPE

    def __init__(self, request):
        super().__init__(request)
        offered = request.httprequest.headers.get("X-Request-Id", "")
        self.request_id = offered if _REQUEST_ID.fullmatch(offered) else str(uuid.uuid4())
        self.started = time.monotonic()
        # Headers that are added to every answer, also to problems, as soon as they are known.
        self.headers = {}

    def dispatch(self, endpoint, args):
        # A query with a NUL is an error in PostgreSQL, so nothing can have such a name.
        if any("\0" in value for value in args.values() if isinstance(value, str)):
            raise Problem(404, "There is no such address.")
        self.request.params = dict(args)
        try:
            return self.request.registry["ir.http"]._dispatch(endpoint)
        except FieldError as error:
            # A problem is an HTTP answer to Odoo. It would log the traceback of an error that it does not know.
            raise as_problem(error) from error

    def post_dispatch(self, response):
        result = super().post_dispatch(response)
        self._finish(response)
        return result

    def handle_error(self, exc):
        problem = as_problem(exc)
        if problem.code >= 500:
            _logger.error("Request %s failed: %s", self.request_id, type(exc).__name__)
        response = problem.make_response(self.request.httprequest.path, self.request_id)
        self._finish(response)
        return response

    def _finish(self, response):
        response.headers["X-Request-Id"] = self.request_id
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.update(self.headers)
        _logger.info(
            "%s %s %s %.0f ms request_id=%s uid=%s",
            self.request.httprequest.method,
            # The path stays quoted: decoded, it could have line breaks and look like other lines of the log.
            hide_tokens(quote(self.request.httprequest.path)),
            response.status_code,
            (time.monotonic() - self.started) * 1000,
            self.request_id,
            self.request.env.uid,
        )


def as_problem(exc):
    """The problem for an exception, with no more than a stranger may know of it."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, FieldError):
        return invalid((exc.field, exc.code, exc.message))
    if isinstance(exc, HTTPException) and exc.code:
        return Problem(exc.code, exc.description)
    if isinstance(exc, AccessDenied | AccessError):
        return Problem(403, "You may not do this.")
    if isinstance(exc, MissingError):
        return Problem(404, "There is no such thing here.")
    if isinstance(exc, ValidationError):
        return Problem(422, str(exc))
    if isinstance(exc, UserError):
        return Problem(409, str(exc))
    return Problem(500, "Something went wrong on this side. Tell support the request_id.")
