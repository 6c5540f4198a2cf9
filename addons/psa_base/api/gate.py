"""Who may come in: a live key, from where it may be used, within its rate, with the scope of the route."""

import re
import time

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
    request.update_env(user=access.user_id, su=False)
    api_key = request.env["psa.api.key"].browse(access.key_id)
    if request.env["psa.api.usage"]._count_request(api_key, httprequest.remote_addr) > access.rate_per_minute:
        raise too_many(60 - int(time.time()) % 60)
    if scope not in access.scopes:
        raise Problem(403, f"This key lacks the scope {scope}.", kind="scope")
    return api_key, access
