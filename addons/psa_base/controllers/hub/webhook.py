"""Where other systems post their messages: verify, store, answer. A job works the message later.

No other route is called as often, so this one asks the database as little as it can: what it needs to know of the
connection is in the cache, and one INSERT stores the message.
"""

import re
import time
from functools import lru_cache

from odoo import fields, http
from odoo.http import request

from ...adapters import get_adapter
from ...api.errors import Problem, method_not_allowed, too_many
from ...api.reading import read_json_body
from ...const import ROUTE_TYPE
from ...tools import log_tokens, secrets_box, strict_json
from ...tools.text import clean_line

BODY_LIMIT = 256 * 1024

# The address holds the token, so the log must not show it.
log_tokens.install()

_CONFIDENTIAL_HEADER = re.compile(r"signature|authorization|cookie|token|secret|key", re.IGNORECASE)


class WebhookController(http.Controller):
    @http.route(
        "/psa/webhook/<string:token>",
        type=ROUTE_TYPE,
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def receive(self, token):
        httprequest = request.httprequest
        if httprequest.method != "POST":
            raise method_not_allowed(["POST"])
        intake = request.env["psa.hub.connection"]._get_intake(token)
        if not intake:
            raise Problem(404, "There is no such address.")
        request.update_env(user=intake.user_id)
        connection = request.env["psa.hub.connection"].browse(intake.connection_id)
        raw = read_json_body(httprequest, BODY_LIMIT)
        if seconds := connection._get_seconds_to_wait(intake, fields.Datetime.now()):
            raise too_many(seconds)
        if not _is_genuine(intake, httprequest.headers, raw):
            connection._count_rejection()
            # One answer for every cause: a forger learns nothing from it.
            return Problem(401, "The signature is missing, wrong or too old.").make_response(httprequest.path)
        try:
            payload = strict_json.loads_object(raw)
        except ValueError as error:
            raise Problem(400, f"The body must be one JSON object: {error}.") from error
        uuid, is_new = self._store(connection, get_adapter(intake.adapter), payload, raw)
        if not is_new:
            return request.make_json_response({"id": uuid, "status": "duplicate"})
        request.env["psa.hub.inbox"]._wake_after_commit(connection)
        return request.make_json_response({"id": uuid, "status": "accepted"}, status=202)

    def _store(self, connection, adapter, payload, raw):
        headers = request.httprequest.headers
        return request.env["psa.hub.inbox"]._store(
            connection,
            adapter.get_dedupe_key(headers, payload),
            adapter.get_event_type(payload),
            raw.decode(),
            _mask_headers(headers),
            device_key=adapter.get_device_key(payload),
            correlation_id=request.dispatcher.request_id,
        )


# Unsealing a secret takes longer than checking a signature with it.
_unseal = lru_cache(maxsize=256)(secrets_box.unseal)


def _is_genuine(intake, headers, raw):
    live_secrets = [_unseal(secret) for secret in intake.sealed_secrets]
    return get_adapter(intake.adapter).is_genuine(headers, raw, live_secrets, time.time(), intake.tolerance_seconds)


def _mask_headers(headers):
    return {
        name.lower(): "***" if _CONFIDENTIAL_HEADER.search(name) else clean_line(value)[:500]
        for name, value in headers.items()
    }
