"""Outgoing webhooks: events are posted to another system, signed by Standard Webhooks."""

import json
import time
import uuid
from datetime import UTC, datetime
from http import HTTPStatus

from ..exceptions import CallError, DeadLetter, ErrorClass
from ..tools import standard_webhooks
from ..tools.webhook.events import PING, make_payload
from .facts import Outgoing, Sent
from .registry import register
from .rmm_adapter import RmmAdapter

POST = "webhook.post"


@register
class WebhookAdapter(RmmAdapter):
    code = "webhook"
    label = "Outgoing webhooks (Standard Webhooks)"
    receives = False
    operations = frozenset({POST})
    min_interval = 0.0
    # Receivers only have to accept a message, so they get less time than a vendor's API.
    patience = 30

    def send(self, client, outgoing):
        """Post the message. Repeats have the same ID and the same bytes, so the receiver can recognize them."""
        if not client.signing_secrets:
            raise DeadLetter(
                "There is no signing secret yet. Make one on the connection, give it to the receiver, then replay.",
                mend="check_settings",
            )
        body = json.dumps(outgoing.payload, ensure_ascii=False).encode()
        headers = standard_webhooks.make_headers(client.signing_secrets, outgoing.key, int(time.time()), body)
        try:
            answer = client.request(
                "POST", "", data=body, headers={"Content-Type": "application/json", **headers}, parse=False
            )
        except CallError as error:
            # Tries go on after any refusal, because the receiver may be misconfigured for a while. Only 410 (gone)
            # says that there is no receiver any more.
            if error.error_class == ErrorClass.PERMANENT and error.status and error.status != HTTPStatus.GONE:
                raise CallError(
                    str(error), ErrorClass.TEMPORARY, retry_after=error.retry_after, status=error.status
                ) from None
            raise
        return Sent(detail={"status": answer.status})

    def probe(self, client):
        """Post a test message."""
        payload = make_payload(PING, datetime.now(UTC), {})
        self.send(client, Outgoing(POST, payload, f"msg_{uuid.uuid4().hex}"))
        return "It has taken a test message."

    def look_up(self, client, outgoing):
        """Not needed: the receiver recognizes repeats by their ID."""
        return

    def is_idempotent(self, operation):
        return True
