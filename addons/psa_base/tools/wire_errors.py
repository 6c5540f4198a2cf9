"""What the HTTP server refuses before there is a request: a problem (RFC 9457) too, and no page of HTML.

A line or a header that is too long or cannot be read never gets to a route. Python's server answers it by a template
of its class. Odoo's worker processes leave that as it is; its threads look into headers that have not been read by
then, and hang up without an answer. An address that is none makes both of them stumble later, with the same end.
"""

from http import HTTPStatus
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from werkzeug.serving import WSGIRequestHandler

# `explain` is the server's own sentence; nothing of the request gets in here.
_FORMAT = (
    '{"type": "about:blank", "title": "%(explain)s", "status": %(code)d,'
    ' "detail": "The HTTP server cannot read this request.", "errors": []}'
)


def install():
    WSGIRequestHandler.error_content_type = "application/problem+json"
    WSGIRequestHandler.error_message_format = _FORMAT
    # until those of the request are read
    WSGIRequestHandler.headers = HTTPMessage()
    WSGIRequestHandler.parse_request = _parse_request


def _parse_request(handler):
    """Read the head of a request, as the server does; False when it is answered with that."""
    if not BaseHTTPRequestHandler.parse_request(handler):
        return False
    try:
        urlsplit(handler.path)
    except ValueError:
        handler.path = ""  # the log would stumble over it as well
        handler.send_error(HTTPStatus.BAD_REQUEST)
        return False
    return True
