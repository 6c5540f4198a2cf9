"""The check of a request's key: it must be live, allowed from this network, within its rate, and have the scope."""

import re

from odoo import fields
from odoo.http import request

from .errors import Problem, too_many

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


def authenticate(scope):
    """(key, ApiAccess) of the request. From here on the request runs as the user of the key (psa.api.key)."""
    httprequest = request.httprequest
    match = _BEARER.fullmatch(httprequest.headers.get("Authorization", ""))
    access = match and request.env["psa.api.key"]._get_access(match.group(1))
    if not access:
        raise Problem(
            401,
            "A valid API key is needed: send Authorization: Bearer <key>.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if not access.admits(httprequest.remote_addr):
        raise Problem(403, "This key may not be used from this network address.", kind="network")
    _become(access.user_id)
    _take_from_rate(access, httprequest.remote_addr)
    if scope not in access.scopes:
        raise Problem(403, f"This key lacks the scope {scope}.", kind="scope")
    return request.env["psa.api.key"].browse(access.key_id), access


def _become(user_id):
    """Act as the user of the key. A session, cookie or Accept-Language of the caller counts for nothing."""
    request.update_env(user=user_id, context={}, su=False)
    context = request.env["res.users"].context_get()
    request.update_env(context={"lang": context.get("lang"), "tz": context.get("tz")})


def _take_from_rate(access, address):
    """Take one request from the rate; refuse it if none is left.

    The headers are those of draft-ietf-httpapi-ratelimit-headers: the policy, how many requests are left, and for how
    many seconds.
    """
    left = request.env["psa.api.usage"]._take(access, address)
    seconds = 60 - fields.Datetime.now().second
    headers = request.dispatcher.headers
    headers["RateLimit-Policy"] = f'"minute";q={access.rate_per_minute};w=60'
    headers["RateLimit"] = f'"minute";r={left or 0};t={seconds}'
    if left is None:
        raise too_many(seconds)
