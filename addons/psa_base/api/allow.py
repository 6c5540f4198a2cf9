"""Which methods an address takes."""

from werkzeug.exceptions import HTTPException

from .operation import ROOT, get_fixed_methods

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")

# The name of the one route that takes every address, to refuse it.
FALLBACK = "refuse"


def get_allowed_methods(request):
    """Those of the routes that have the address of the request; empty where there are none."""
    # an address that is written out is no name that a path holds, whichever method asks for it
    methods = get_fixed_methods(request.httprequest.path.removeprefix(ROOT)) or _METHODS
    allowed = {method for method in methods if _is_routed(request, method)}
    if "GET" in allowed:
        allowed.add("HEAD")
    return sorted(allowed | {"OPTIONS"}) if allowed else []


def _is_routed(request, method):
    routes = request.env["ir.http"].routing_map().bind_to_environ(request.httprequest.environ)
    try:
        rule, _values = routes.match(method=method, return_rule=True)
    except HTTPException:
        return False
    return rule.endpoint.original_endpoint.__name__ != FALLBACK
