from werkzeug.exceptions import BadRequest

from odoo import http
from odoo.http import request

from .api_access import ApiAccessPortal


class ApiKeyPortal(ApiAccessPortal):
    """The pages on which a client's own administrator manages the keys of the client's programs."""

    @http.route("/my/api", type="http", auth="user", website=True)
    def portal_my_api_keys(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        keys = request.env["psa.api.key"].with_context(active_test=False).search([], order="active desc, name, id")
        return self._render_keys("portal_my_api_keys", keys=keys)

    @http.route("/my/api/new", type="http", auth="user", website=True, methods=["GET"])
    def portal_new_api_key(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        return self._render_key_form({"lifetime": "year"})

    @http.route("/my/api/new", type="http", auth="user", website=True, methods=["POST"])
    def portal_create_api_key(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        keys = request.env["psa.api.key"]
        lifetime = self._get_choice(keys.LIFETIMES, kw.get("lifetime"))
        codes = request.httprequest.form.getlist("scope")
        scopes = request.env["psa.api.scope"].search([]).filtered(lambda scope: scope.code in codes)

        def create():
            key = keys._create_for_own_client(kw.get("name", ""), scopes, lifetime, kw.get("allowed_networks", ""))
            return self._render_new_key(key, key._rotate_key())

        return self._show_once(
            kw, create, "/my/api", lambda error: self._render_key_form({**kw, "codes": codes}, error)
        )

    @http.route("/my/api/<int:key_id>", type="http", auth="user", website=True)
    def portal_my_api_key(self, key_id, **kw):
        key = self._find_key(key_id)
        return self._render_key(key) if key else request.redirect("/my/api")

    @http.route("/my/api/<int:key_id>/replace", type="http", auth="user", website=True, methods=["POST"])
    def portal_replace_api_key(self, key_id, **kw):
        key = self._find_key(key_id)
        if not key:
            return request.redirect("/my/api")
        overlap = self._get_choice(key.OVERLAPS, kw.get("overlap"))
        lifetime = self._get_choice([*key.LIFETIMES, "keep"], kw.get("lifetime"))

        def replace():
            return self._render_new_key(key, key._replace_for_own_client(overlap, lifetime))

        return self._show_once(kw, replace, "/my/api", lambda error: self._render_key(key, error))

    @http.route("/my/api/<int:key_id>/revoke", type="http", auth="user", website=True, methods=["POST"])
    def portal_revoke_api_key(self, key_id, **kw):
        return self._act_on_key(key_id, lambda key: key.action_revoke())

    @http.route("/my/api/<int:key_id>/revoke-previous", type="http", auth="user", website=True, methods=["POST"])
    def portal_revoke_previous_api_key(self, key_id, **kw):
        return self._act_on_key(key_id, lambda key: key.action_revoke_previous_key())

    def _find_key(self, key_id):
        return self._find_own("psa.api.key", key_id)

    def _act_on_key(self, key_id, act):
        return self._act_on(self._find_key(key_id), act, "/my/api", self._render_key)

    def _get_choice(self, choices, value):
        """The value, if the form offers it; a form never sends another one, so that is a bad request."""
        if value not in choices:
            raise BadRequest()
        return value

    def _render_key_form(self, values, error=None):
        return self._render_keys(
            "portal_new_api_key",
            values=values,
            scopes=request.env["psa.api.scope"].search([]),
            lifetimes=request.env["psa.api.key"]._get_lifetimes(),
            form_token=self._make_form_token(),
            error=error,
        )

    def _render_key(self, key, error=None):
        return self._render_keys(
            "portal_my_api_key",
            key=key,
            days=key._get_daily_use(),
            lifetimes=key._get_lifetimes(),
            overlaps=key._get_overlaps(),
            form_token=self._make_form_token(),
            error=error,
        )

    def _render_new_key(self, key, secret):
        api_base = f"{request.httprequest.url_root}psa/api/v1"
        return self._render_keys("portal_api_key_made", key=key, secret=secret, api_base=api_base)

    def _render_keys(self, template, **values):
        return self._render_own("api_key", template, **values)
