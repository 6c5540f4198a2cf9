import secrets

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class ApiAccessPortal(CustomerPortal):
    """What the pages of keys and of webhooks share: whom they are for, and forms that do their work once."""

    # Forms that may be open in the tabs of one session.
    FORM_LIMIT = 10

    def _is_client_admin(self):
        return request.env.user.has_group("psa_base.group_client_admin")

    def _find_own(self, model, record_id):
        """The record of the user's own client, or nothing."""
        if not self._is_client_admin():
            return None
        try:
            self._document_check_access(model, record_id)
        except (AccessError, MissingError):
            return None
        return request.env[model].browse(record_id)

    def _act_on(self, record, act, way_back, on_error):
        """Do it and show the record's page, which is below `way_back`. A refusal goes to `on_error`, as words."""
        if not record:
            return request.redirect(way_back)
        try:
            # A refusal half way through must leave nothing behind.
            with request.env.cr.savepoint():
                act(record)
        except UserError as error:
            return on_error(record, str(error))
        return request.redirect(f"{way_back}/{record.id}" if record.exists() else way_back)

    def _show_once(self, values, make, way_back, on_error):
        """The page that `make` returns, with a secret on it. Loaded again, it makes nothing more."""
        if not self._take_form_token(values):
            return request.redirect(way_back)
        try:
            # As above.
            with request.env.cr.savepoint():
                response = make()
        except UserError as error:
            return on_error(str(error))
        response.headers["Cache-Control"] = "no-store"
        return response

    def _render_own(self, page_name, template, **values):
        return request.render(
            f"psa_base.{template}", {**self._prepare_portal_layout_values(), "page_name": page_name, **values}
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
