import secrets

from werkzeug.exceptions import BadRequest

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class ApiKeyPortal(CustomerPortal):
    """A client's own administrator looks after the keys of the client's programs."""

    # Forms that may be open in the tabs of one session.
    FORM_LIMIT = 10

    @http.route("/my/api", type="http", auth="user", website=True)
    def portal_my_api_keys(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        keys = request.env["psa.api.key"].with_context(active_test=False).search([], order="active desc, name, id")
        return self._render("psa_base.portal_my_api_keys", keys=keys)

    @http.route("/my/api/new", type="http", auth="user", website=True, methods=["GET"])
    def portal_new_api_key(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        return self._render_form({"lifetime": "year"})

    @http.route("/my/api/new", type="http", auth="user", website=True, methods=["POST"])
    def portal_create_api_key(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        keys = request.env["psa.api.key"]
        lifetime = self._get_choice(keys.LIFETIMES, kw.get("lifetime"))
        codes = request.httprequest.form.getlist("scope")
        scopes = request.env["psa.api.scope"].search([("code", "in", codes)])

        def create():
            key = keys._create_for_own_client(
                kw.get("name", ""), scopes, lifetime, kw.get("allowed_networks", "").strip()
            )
            return key, key._rotate_key()

        return self._show_once(kw, create, lambda error: self._render_form({**kw, "codes": codes}, error))

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
            return key, key._replace_for_own_client(overlap, lifetime)

        return self._show_once(kw, replace, lambda error: self._render_key(key, error))

    @http.route("/my/api/<int:key_id>/revoke", type="http", auth="user", website=True, methods=["POST"])
    def portal_revoke_api_key(self, key_id, **kw):
        return self._act(key_id, lambda key: key.action_revoke())

    @http.route("/my/api/<int:key_id>/revoke-previous", type="http", auth="user", website=True, methods=["POST"])
    def portal_revoke_previous_api_key(self, key_id, **kw):
        return self._act(key_id, lambda key: key.action_revoke_previous_key())

    def _is_client_admin(self):
        return request.env.user.has_group("psa_base.group_client_admin")

    def _find_key(self, key_id):
        """The key of the user's own client, or nothing."""
        if not self._is_client_admin():
            return None
        try:
            self._document_check_access("psa.api.key", key_id)
        except (AccessError, MissingError):
            return None
        return request.env["psa.api.key"].browse(key_id)

    def _get_choice(self, choices, value):
        """What the form offers; anything else was not typed by a person."""
        if value not in choices:
            raise BadRequest()
        return value

    def _act(self, key_id, act):
        key = self._find_key(key_id)
        if key:
            act(key)
        return request.redirect(f"/my/api/{key_id}" if key else "/my/api")

    def _show_once(self, values, make, on_error):
        """The page with what `make` returns: a key and its secret. Loaded again, it makes nothing more."""
        if not self._take_form_token(values):
            return request.redirect("/my/api")
        try:
            # A refusal half way through must leave nothing behind.
            with request.env.cr.savepoint():
                key, secret = make()
        except UserError as error:
            return on_error(str(error))
        response = self._render("psa_base.portal_api_key_made", key=key, secret=secret)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _render_form(self, values, error=None):
        keys = request.env["psa.api.key"]
        return self._render(
            "psa_base.portal_new_api_key",
            values=values,
            scopes=request.env["psa.api.scope"].search([]),
            lifetimes=keys._get_lifetimes(),
            form_token=self._make_form_token(),
            error=error,
        )

    def _render_key(self, key, error=None):
        return self._render(
            "psa_base.portal_my_api_key",
            key=key,
            days=key._get_daily_use(),
            lifetimes=key._get_lifetimes(),
            overlaps=key._get_overlaps(),
            form_token=self._make_form_token(),
            error=error,
        )

    def _render(self, template, **values):
        return request.render(
            template,
            {
                **self._prepare_portal_layout_values(),
                "page_name": "api_key",
                "api_base": f"{request.httprequest.url_root}psa/api/v1",
                **values,
            },
        )

    def _take_form_token(self, values):
        """Whether this form was not sent before."""
        tokens = request.session.get("psa_form_tokens", [])
        token = values.get("form_token")
        request.session["psa_form_tokens"] = [other for other in tokens if other != token]
        return token in tokens

    def _make_form_token(self):
        token = secrets.token_urlsafe(16)
        tokens = request.session.get("psa_form_tokens", [])
        request.session["psa_form_tokens"] = [*tokens, token][-self.FORM_LIMIT :]
        return token
