"""What no route of the API takes: an answer that a program can read."""

from werkzeug.exceptions import HTTPException

from odoo import http
from odoo.http import request

from ..dispatcher import ROUTE_TYPE
from ..errors import Problem, method_not_allowed

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class FallbackRouter(http.Controller):
    @http.route(
        ["/psa/api", "/psa/api/<path:rest>"],
        type=ROUTE_TYPE,
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def refuse(self, rest=""):
        allowed = [method for method in METHODS if self._is_routed(method)]
        if allowed:
            raise method_not_allowed(allowed)
        raise Problem(404, "There is no such address in this API.")

    def _is_routed(self, method):
        """Whether another route takes this path with this method."""
        routes = request.env["ir.http"].routing_map().bind_to_environ(request.httprequest.environ)
        try:
            rule, _values = routes.match(method=method, return_rule=True)
        except HTTPException:
            return False
        return rule.endpoint.original_endpoint.__name__ != "refuse"
