"""Who may come in: a live key, within its rate, with the scope of the route."""

import re
import time

from odoo.http import request

from .errors import Problem, too_many

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


def authenticate(scope):
    """The key of the request, in the environment of its user from here on."""
    match = _BEARER.fullmatch(request.httprequest.headers.get("Authorization", ""))
    api_key = match and request.env["psa.api.key"]._find_by_key(match.group(1))
    if not api_key:
        raise Problem(
            401,
            "A valid API key is needed: send Authorization: Bearer <key>.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if request.env["psa.api.usage"]._count_request(api_key) > api_key.rate_per_minute:
        raise too_many(60 - int(time.time()) % 60)
    if not api_key._has_scope(scope):
        raise Problem(403, f"This key lacks the scope {scope}.", kind="scope")
    request.update_env(user=api_key.user_id.id, su=False)
    return api_key.with_env(request.env)
