"""Base classes of the tests. Nothing here tests anything."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks import Webhook

from odoo.tests import common

# queue_job's helper registers itself in a table that only later builds of 18.0 have
common.SETATTR_SOURCES = getattr(common, "SETATTR_SOURCES", {})
from odoo.addons.queue_job.tests.common import trap_jobs  # noqa: E402, F401

PAYLOADS = Path(__file__).parent / "payloads"


def read_payload(adapter, name):
    return json.loads((PAYLOADS / adapter / f"{name}.json").read_text())


class HubMixin:
    """A client, a team and a connection with a signing secret; ways to deliver messages to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls.env["res.partner"].create(
            {"name": "Northwind Dental Pty Ltd", "is_company": True, "rmm_group": "Northwind Dental"}
        )
        cls.team = cls.env["helpdesk.ticket.team"].create({"name": "Night watch"})
        cls.connection = cls.env["psa.hub.connection"].create({"name": "Monitoring", "team_id": cls.team.id})
        cls.secret = cls.connection._rotate_secret()
        cls.integration_user = cls.env.ref("psa_base.user_integration")
        cls.inbox = cls.env["psa.hub.inbox"].with_user(cls.integration_user)

    def store(self, payload, dedupe_key=None):
        """A message that has passed the door, not worked yet."""
        message_uuid, _is_new = self.inbox._store(
            self.connection, dedupe_key or str(uuid.uuid4()), payload.get("EventType"), json.dumps(payload), {}
        )
        return self.inbox.search([("uuid", "=", message_uuid)])

    def work(self, payload):
        message = self.store(payload)
        self.inbox._drain(self.connection)
        return message


class WebhookMixin(HubMixin):
    """The same over the wire, for HttpCase; the official library of Standard Webhooks signs."""

    def deliver(self, body, *, message_id=None, secret=None, at=None, token=None, headers=None):
        """POST `body` (bytes, or an object that becomes JSON), signed; `headers` overrule, None drops one."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        message_id = message_id or f"msg_{uuid.uuid4().hex}"
        at = at or datetime.now(UTC)
        sent = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret or self.secret).sign(message_id, at, raw.decode("utf-8", "replace")),
            **(headers or {}),
        }
        return self.opener.post(
            f"{self.base_url()}/psa/webhook/{token or self.connection.token}",
            data=raw,
            headers={name: value for name, value in sent.items() if value is not None},
            timeout=30,
        )
