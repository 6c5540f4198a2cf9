from odoo import models
from odoo.http import request

from ...const import ROUTE_TYPE


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """What a program calls is no page: it has no session, language or debug mode to be made ready.

        The addons that prepare pages also read the query string, each its own way: there it is the route's alone.
        """
        if rule.endpoint.routing["type"] == ROUTE_TYPE:
            return request.dispatcher.pre_dispatch(rule, args)
        return super()._pre_dispatch(rule, args)
