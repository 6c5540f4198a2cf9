"""Problems, the error answers of RFC 9457: `application/problem+json`, never HTML."""

import json
from urllib.parse import quote

from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

MEDIA_TYPE = "application/problem+json"


class Problem(HTTPException):
    """An error answer. When it is raised, the transaction is rolled back; `make_response()` leaves it alone."""

    def __init__(self, status, detail, *, kind=None, errors=(), headers=()):
        super().__init__(detail)
        self.code = status
        self.detail = detail
        self.kind = kind
        self.errors = list(errors)
        self.headers = dict(headers)

    def as_dict(self, instance, request_id=None):
        body = {
            "type": f"urn:psa:problem:{self.kind}" if self.kind else "about:blank",
            "title": HTTP_STATUS_CODES[self.code],
            "status": self.code,
            "detail": self.detail,
            "instance": instance,
        }
        if request_id:
            body["request_id"] = request_id
        body["errors"] = self.errors
        return body

    def make_response(self, path, request_id=None):
        """The HTTP response. `path` is the decoded path of the request; `instance` has it as a URI reference."""
        body = self.as_dict(quote(path), request_id)
        return Response(json.dumps(body), self.code, self.headers, content_type=MEDIA_TYPE)


def invalid(*faults):
    """The problem of invalid fields. `faults` are (field, code, message), with the caller's name of the field."""
    errors = [{"field": field, "code": code, "message": message} for field, code, message in faults]
    return Problem(422, "Some fields are not as they should be.", kind="validation", errors=errors)


def method_not_allowed(allowed):
    allow = ", ".join(sorted(allowed))
    return Problem(405, f"This address takes {allow} only.", headers={"Allow": allow})


def not_acceptable(media_type):
    return Problem(406, f"The answer is {media_type}: ask for it in Accept, or leave Accept out.")


def too_large(limit):
    return Problem(413, f"The body is larger than {limit // 1024} KiB.")


def too_many(seconds):
    return Problem(429, f"Too many requests: try again in {seconds} s.", headers={"Retry-After": str(seconds)})


def not_json():
    return Problem(415, "The body must be JSON: send Content-Type: application/json.")
