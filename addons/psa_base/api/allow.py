"""The methods that an address of the API takes."""

from werkzeug.exceptions import HTTPException

from .operation import ROOT, get_fixed_methods

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")

# The name of the route that takes all other addresses, and refuses them.
FALLBACK = "refuse"


def get_allowed_methods(request):
    """The methods of the routes that the address of the request has; empty if it has none.

    `/tickets/batch` also fits the route `/tickets/<number>`, but it is an address of its own: only the methods of the
    routes that write it out count.
    """
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
