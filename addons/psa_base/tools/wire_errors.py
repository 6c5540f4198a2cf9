"""Answers to requests that the HTTP server itself refuses: they are problems (RFC 9457), and not HTML pages.

A line or a header that is too long or unreadable gets to no route. Python's HTTP server answers it from a template of
its class. Odoo's worker processes leave that as it is. Odoo's threads read headers that are not there yet, and hang up
without an answer. A request for an address that cannot be parsed fails later in both, also without an answer.
"""

from http import HTTPStatus
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from werkzeug.serving import WSGIRequestHandler

# `explain` is a sentence of Python's server, so nothing of the request is repeated in the answer.
_FORMAT = (
    '{"type": "about:blank", "title": "%(explain)s", "status": %(code)d,'
    ' "detail": "The HTTP server cannot read this request.", "errors": []}'
)


def install():
    WSGIRequestHandler.error_content_type = "application/problem+json"
    WSGIRequestHandler.error_message_format = _FORMAT
    # Empty headers, which count until those of the request are read.
    WSGIRequestHandler.headers = HTTPMessage()
    WSGIRequestHandler.parse_request = _parse_request


def _parse_request(handler):
    """Read the head of a request as the server does. False when that answered the request with an error."""
    if not BaseHTTPRequestHandler.parse_request(handler):
        return False
    try:
        urlsplit(handler.path)
    except ValueError:
        handler.path = ""  # The server's log would fail at the address, too.
        handler.send_error(HTTPStatus.BAD_REQUEST)
        return False
    return True
