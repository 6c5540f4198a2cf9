"""The route for all addresses of the API that no other route takes: its answers are problems, too."""

from odoo import http
from odoo.http import request

from ...const import ROUTE_TYPE
from ..allow import get_allowed_methods
from ..errors import Problem, method_not_allowed


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
        if allowed := get_allowed_methods(request):
            raise method_not_allowed(allowed)
        raise Problem(404, "There is no such address in this API.")
