from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class TechsourcePortal(CustomerPortal):
    """The client's pages: service reports to decide on, and the assets that are looked after."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "svr_count" in counters:
            values["svr_count"] = self._count("techsource.svr", [("state", "=", "sent")])
        if "asset_count" in counters:
            values["asset_count"] = self._count("psa.asset", [])
        return values

    def _count(self, model, domain):
        records = request.env[model]
        return records.search_count(domain) if records.has_access("read") else 0

    @http.route(["/my/svrs", "/my/svrs/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_svrs(self, page=1, sortby="sent", filterby="all", **kw):
        svrs = request.env["techsource.svr"]
        if not svrs.has_access("read"):
            return request.redirect("/my")
        sortings, filters = self._get_svr_sortings(), self._get_svr_filters()
        domain = filters.get(filterby, filters["all"])["domain"]
        pager = portal_pager(
            url="/my/svrs",
            url_args={"sortby": sortby, "filterby": filterby},
            total=svrs.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        order = sortings.get(sortby, sortings["sent"])["order"]
        found = svrs.search(domain, order=order, limit=self._items_per_page, offset=pager["offset"])
        request.session["my_svrs_history"] = found.ids[:100]
        values = {
            **self._prepare_portal_layout_values(),
            "svrs": found,
            "page_name": "svr",
            "default_url": "/my/svrs",
            "pager": pager,
            "searchbar_sortings": sortings,
            "sortby": sortby,
            "searchbar_filters": filters,
            "filterby": filterby,
        }
        return request.render("psa_techsource.portal_my_svrs", values)

    @http.route("/my/svrs/<int:svr_id>", type="http", auth="public", website=True)
    def portal_my_svr(self, svr_id, access_token=None, report_type=None, download=False, **kw):
        try:
            svr_sudo = self._document_check_access("techsource.svr", svr_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if report_type in ("html", "pdf", "text"):
            return self._show_report(
                model=svr_sudo,
                report_type=report_type,
                report_ref="psa_techsource.techsource_svr_report",
                download=download,
            )
        return self._render_svr(svr_sudo, access_token)

    @http.route("/my/svrs/<int:svr_id>/approve", type="http", auth="user", methods=["POST"], website=True)
    def portal_approve_svr(self, svr_id, name="", **kw):
        return self._decide(svr_id, lambda svr: svr.action_approve(name))

    @http.route("/my/svrs/<int:svr_id>/reject", type="http", auth="user", methods=["POST"], website=True)
    def portal_reject_svr(self, svr_id, reason="", **kw):
        return self._decide(svr_id, lambda svr: svr.action_reject(reason))

    @http.route(["/my/assets", "/my/assets/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_assets(self, page=1, **kw):
        assets = request.env["psa.asset"]
        if not assets.has_access("read"):
            return request.redirect("/my")
        pager = portal_pager(url="/my/assets", total=assets.search_count([]), page=page, step=self._items_per_page)
        values = {
            **self._prepare_portal_layout_values(),
            "assets": assets.search([], limit=self._items_per_page, offset=pager["offset"]),
            "page_name": "asset",
            "default_url": "/my/assets",
            "pager": pager,
        }
        return request.render("psa_techsource.portal_my_assets", values)

    def _decide(self, svr_id, decision):
        """Decide as the person who is logged in; a refusal is shown on the report's page."""
        try:
            svr_sudo = self._document_check_access("techsource.svr", svr_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        try:
            # The savepoint undoes what was done before a refusal.
            with request.env.cr.savepoint():
                decision(request.env["techsource.svr"].browse(svr_id))
        except UserError as error:
            return self._render_svr(svr_sudo, error=str(error))
        return request.redirect(f"/my/svrs/{svr_id}")

    def _render_svr(self, svr_sudo, access_token=None, error=None):
        """Show the report. `error` never comes from the address, which could put foreign words on our page."""
        # The token lets anybody read the page; the decision is asked of the user who is logged in.
        svr = svr_sudo.with_user(request.env.user)
        values = {
            "svr": svr_sudo,
            "page_name": "svr",
            "error": error,
            "can_decide": svr_sudo.state == "sent" and svr._is_user_decider(),
            "is_guest": request.env.user._is_public(),
        }
        values = self._get_page_view_values(svr_sudo, access_token, values, "my_svrs_history", False)
        return request.render("psa_techsource.portal_my_svr", values)

    def _get_svr_sortings(self):
        return {
            "sent": {"label": request.env._("Newest"), "order": "sent_at desc, id desc"},
            "name": {"label": request.env._("Number"), "order": "name"},
            "state": {"label": request.env._("Status"), "order": "state, sent_at desc"},
        }

    def _get_svr_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": []},
            "sent": {"label": request.env._("Waiting for you"), "domain": [("state", "=", "sent")]},
            "approved": {"label": request.env._("Approved"), "domain": [("state", "=", "approved")]},
            "rejected": {"label": request.env._("Rejected"), "domain": [("state", "=", "rejected")]},
        }
