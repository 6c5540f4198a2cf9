from odoo import models
from odoo.http import request

from ...const import ROUTE_TYPE


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """Routes for programs are no pages: there is no session, language or debug mode to prepare.

        Addons that prepare pages also read the query string. On these routes, only the route itself reads it.
        """
        if rule.endpoint.routing["type"] == ROUTE_TYPE:
            return request.dispatcher.pre_dispatch(rule, args)
        return super()._pre_dispatch(rule, args)
