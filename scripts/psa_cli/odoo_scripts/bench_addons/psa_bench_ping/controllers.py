"""The floor under every answer: what Odoo itself takes for a request that asks for nothing."""

from odoo import http
from odoo.http import request


class PingController(http.Controller):
    @http.route("/psa_bench/ping", type="http", auth="none", csrf=False, save_session=False, readonly=False)
    def ping(self):
        return request.make_response("pong")
