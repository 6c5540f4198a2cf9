import secrets

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class ApiAccessPortal(CustomerPortal):
    """What the pages of API keys and of webhooks share: access for a client's own administrators, and their forms.

    A form that shows a secret has a token in the session and works once, so that a reload of the page makes no second
    key or secret.
    """

    # How many forms may be open in the tabs of one session.
    FORM_LIMIT = 10

    def _is_client_admin(self):
        return request.env.user.has_group("psa_base.group_client_admin")

    def _find_own(self, model, record_id):
        """The record, if it is one of the user's own client; None otherwise."""
        if not self._is_client_admin():
            return None
        try:
            self._document_check_access(model, record_id)
        except (AccessError, MissingError):
            return None
        return request.env[model].browse(record_id)

    def _act_on(self, record, act, way_back, on_error):
        """Call `act` with the record and show the record's page, which is below `way_back`.

        A refusal is shown by `on_error(record, sentence)`.
        """
        if not record:
            return request.redirect(way_back)
        try:
            # The page with the refusal is an answer, so Odoo commits: the savepoint undoes what `act` did before it.
            with request.env.cr.savepoint():
                act(record)
        except UserError as error:
            return on_error(record, str(error))
        return request.redirect(f"{way_back}/{record.id}" if record.exists() else way_back)

    def _show_once(self, values, make, way_back, on_error):
        """Show the page that `make` returns, with a secret on it. A reload leads to `way_back` and makes nothing.

        A refusal is shown by `on_error(sentence)`.
        """
        if not self._take_form_token(values):
            return request.redirect(way_back)
        try:
            # The page with the refusal is an answer, so Odoo commits: the savepoint undoes what `make` did before it.
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
        """Use up the token of a form: whether the form is one of this session and was not sent before."""
        tokens = request.session.get("psa_form_tokens", [])
        token = values.get("form_token")
        request.session["psa_form_tokens"] = [other for other in tokens if other != token]
        return token in tokens

    def _make_form_token(self):
        token = secrets.token_urlsafe(16)
        tokens = request.session.get("psa_form_tokens", [])
        request.session["psa_form_tokens"] = [*tokens, token][-self.FORM_LIMIT :]
        return token
