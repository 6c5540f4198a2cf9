from odoo import http
from odoo.http import request

from ..api.api_access import ApiAccessPortal

PAGE_SIZE = 20


class WebhookPortal(ApiAccessPortal):
    """The pages on which a client's own administrator manages the webhooks to the client's systems."""

    @http.route("/my/webhooks", type="http", auth="user", website=True)
    def portal_my_webhooks(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        return self._render_webhooks("portal_my_webhooks", webhooks=request.env["psa.api.subscription"].search([]))

    @http.route("/my/webhooks/new", type="http", auth="user", website=True, methods=["GET"])
    def portal_new_webhook(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        return self._render_webhook_form({})

    @http.route("/my/webhooks/new", type="http", auth="user", website=True, methods=["POST"])
    def portal_create_webhook(self, **kw):
        if not self._is_client_admin():
            return request.redirect("/my")
        name, url, events = choices = self._read_choices(kw)

        def create():
            webhook = request.env["psa.api.subscription"]._create_for_own_client(*choices)
            return self._render_new_secret(webhook, webhook._make_secret())

        values = {"name": name, "url": url, "event_ids": events.ids}
        return self._show_once(kw, create, "/my/webhooks", lambda error: self._render_webhook_form(values, error))

    @http.route("/my/webhooks/<int:webhook_id>", type="http", auth="user", website=True, methods=["GET"])
    def portal_my_webhook(self, webhook_id, page="1", **kw):
        webhook = self._find_webhook(webhook_id)
        page = int(page[:6]) if page.isascii() and page.isdigit() else 1
        return self._render_webhook(webhook, page=page) if webhook else request.redirect("/my/webhooks")

    @http.route("/my/webhooks/<int:webhook_id>/secret", type="http", auth="user", website=True, methods=["POST"])
    def portal_new_webhook_secret(self, webhook_id, **kw):
        webhook = self._find_webhook(webhook_id)
        if not webhook:
            return request.redirect("/my/webhooks")
        return self._show_once(
            kw,
            lambda: self._render_new_secret(webhook, webhook._make_secret()),
            "/my/webhooks",
            lambda error: self._render_webhook(webhook, error),
        )

    @http.route("/my/webhooks/<int:webhook_id>/change", type="http", auth="user", website=True, methods=["POST"])
    def portal_change_webhook(self, webhook_id, **kw):
        return self._act_on_webhook(webhook_id, lambda webhook: webhook._change_for_own_client(*self._read_choices(kw)))

    @http.route("/my/webhooks/<int:webhook_id>/do", type="http", auth="user", website=True, methods=["POST"])
    def portal_do_with_webhook(self, webhook_id, verb="", **kw):
        verbs = {
            "test": lambda webhook: webhook.action_test(),
            "pause": lambda webhook: webhook.action_pause(),
            "resume": lambda webhook: webhook.action_resume(),
            "replay_failed": lambda webhook: webhook.action_replay_failed(),
            "revoke_previous": lambda webhook: webhook.action_revoke_previous_secret(),
            "delete": lambda webhook: webhook._delete_for_own_client(),
        }
        return self._act_on_webhook(webhook_id, verbs.get(verb, lambda webhook: None))

    @http.route(
        "/my/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_replay_delivery(self, webhook_id, delivery_id, **kw):
        return self._act_on_webhook(webhook_id, lambda webhook: webhook._replay_deliveries([delivery_id]))

    def _find_webhook(self, webhook_id):
        return self._find_own("psa.api.subscription", webhook_id)

    def _act_on_webhook(self, webhook_id, act):
        return self._act_on(self._find_webhook(webhook_id), act, "/my/webhooks", self._render_webhook)

    def _read_choices(self, values):
        """(name, address, events) from the values of the form."""
        codes = request.httprequest.form.getlist("event")
        events = self._get_events().filtered(lambda event: event.code in codes)
        return values.get("name", ""), values.get("url", ""), events

    def _render_webhook_form(self, values, error=None):
        return self._render_webhooks(
            "portal_new_webhook",
            values=values,
            events=self._get_events(),
            form_token=self._make_form_token(),
            error=error,
            is_new=True,
        )

    def _render_webhook(self, webhook, error=None, page=1):
        offset = (max(page, 1) - 1) * PAGE_SIZE
        found = webhook._get_deliveries(PAGE_SIZE + 1, offset)
        return self._render_webhooks(
            "portal_my_webhook",
            webhook=webhook,
            values={"name": webhook.name, "url": webhook.url, "event_ids": webhook.event_ids.ids},
            events=self._get_events(),
            form_token=self._make_form_token(),
            deliveries=found[:PAGE_SIZE],
            page=max(page, 1),
            has_more=len(found) > PAGE_SIZE,
            error=error,
        )

    def _render_new_secret(self, webhook, secret):
        return self._render_webhooks("portal_webhook_secret", webhook=webhook, secret=secret)

    def _render_webhooks(self, template, **values):
        return self._render_own("webhook", template, **values)

    def _get_events(self):
        return request.env["psa.api.event"].search([])
