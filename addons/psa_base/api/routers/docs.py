"""The OpenAPI document, and a page that shows it. Both need no key."""

from functools import cache
from pathlib import Path

from werkzeug.wrappers import Response

from odoo import http
from odoo.http import request

from ..openapi import get_document
from ..route import api_route

# The page loads everything from this server: it works without the internet, and a key that is entered stays here.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


class DocsRouter(http.Controller):
    @api_route(
        "/openapi.json",
        method="GET",
        scope=None,
        answer="application/json",
        summary="Read this document",
        tag="Documentation",
    )
    def get_document(self):
        """The OpenAPI document (3.1), made from the code that answers."""
        return Response(get_document(request.registry), content_type="application/json")

    @api_route(
        "/docs",
        method="GET",
        scope=None,
        answer="text/html",
        summary="Read this document as a page",
        tag="Documentation",
    )
    def get_page(self):
        """The document for people, with a form to try each address. The page needs nothing from elsewhere."""
        headers = {"Content-Security-Policy": CONTENT_POLICY, "Referrer-Policy": "no-referrer"}
        return Response(_read_page(), headers=headers, content_type="text/html; charset=utf-8")


@cache
def _read_page():
    return Path(__file__).with_name("docs.html").read_bytes()
