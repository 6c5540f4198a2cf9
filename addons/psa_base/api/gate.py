"""Who may come in: a live key, from where it may be used, within its rate, with the scope of the route."""

import re

from odoo import fields
from odoo.http import request

from .errors import Problem, too_many

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


def authenticate(scope):
    """The key of the request (psa.api.key), in the environment of its user from here on, and its `ApiAccess`."""
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
    """Act as the key's own user: no session, cookie or Accept-Language of the caller says anything here."""
    request.update_env(user=user_id, context={}, su=False)
    context = request.env["res.users"].context_get()
    request.update_env(context={"lang": context.get("lang"), "tz": context.get("tz")})


def _take_from_rate(access, address):
    """As draft-ietf-httpapi-ratelimit-headers has it: the policy, what is left, and when it begins anew."""
    left = request.env["psa.api.usage"]._take(access, address)
    seconds = 60 - fields.Datetime.now().second
    headers = request.dispatcher.headers
    headers["RateLimit-Policy"] = f'"minute";q={access.rate_per_minute};w=60'
    headers["RateLimit"] = f'"minute";r={left or 0};t={seconds}'
    if left is None:
        raise too_many(seconds)
