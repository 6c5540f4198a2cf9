"""Assets of the key's client."""

from odoo import http
from odoo.tools.sql import escape_psql

from ...services.api import view
from ..errors import Problem
from ..paging import paginate
from ..route import Answer, api_route
from ..schemas.assets import AssetOut, AssetQuery
from ..schemas.common import list_of

AssetList = list_of(AssetOut)


class AssetRouter(http.Controller):
    @api_route(
        "/assets",
        method="GET",
        scope="assets:read",
        query=AssetQuery,
        answer=AssetList,
        summary="List assets",
        tag="Assets",
    )
    def list_assets(self, api_key, query):
        """The newest first; with `updated_since`, in the order of their changes."""
        domain = _get_client_domain(api_key)
        if query.hostname:
            domain.append(("name", "=ilike", escape_psql(query.hostname)))
        if query.serial_number:
            domain.append(("serial_number", "=ilike", escape_psql(query.serial_number)))
        if query.state:
            domain.append(("state", "=", query.state))
        assets, next_cursor = paginate(api_key.env["psa.asset"], domain, query)
        return Answer(AssetList(items=view.describe_assets(assets), next_cursor=next_cursor))

    @api_route(
        "/assets/<int:asset_id>",
        method="GET",
        scope="assets:read",
        answer=AssetOut,
        summary="Read an asset",
        tag="Assets",
    )
    def get_asset(self, api_key, asset_id):
        asset = api_key.env["psa.asset"].search([("id", "=", asset_id), *_get_client_domain(api_key)])
        if not asset:
            raise Problem(404, "There is no such asset.")
        [values] = view.describe_assets(asset)
        return Answer(AssetOut(**values))


def _get_client_domain(api_key):
    return [("partner_id", "=", api_key.partner_id.id)]
