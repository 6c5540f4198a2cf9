"""The metrics page that a monitoring program reads with a metrics key."""

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ...api.errors import Problem, method_not_allowed
from ...const import ROUTE_TYPE
from ...tools.health import prometheus


class MetricsController(http.Controller):
    @http.route("/psa/metrics", type=ROUTE_TYPE, auth="none", csrf=False, save_session=False, readonly=True)
    def read_metrics(self):
        httprequest = request.httprequest
        if httprequest.method not in ("GET", "HEAD"):
            raise method_not_allowed(["GET", "HEAD"])
        scheme, _space, key = httprequest.headers.get("Authorization", "").partition(" ")
        # The numbers are those of the whole database, so no user's rights apply: the key alone gives access.
        request.update_env(user=SUPERUSER_ID)
        if scheme.lower() != "bearer" or not request.env["psa.metrics.key"]._is_live(key.strip()):
            raise Problem(
                401, "A metrics key is needed: Authorization: Bearer <key>.", headers={"WWW-Authenticate": "Bearer"}
            )
        body = prometheus.render(request.env["psa.hub.health"]._collect_metrics())
        return request.make_response(body, [("Content-Type", prometheus.CONTENT_TYPE)])
