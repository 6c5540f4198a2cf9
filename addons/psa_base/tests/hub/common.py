"""What tests of the hub share: a connection, messages to it, dead letters and people who look after them."""

import json
import uuid
from datetime import UTC, datetime

from standardwebhooks import Webhook

from odoo.tests import TransactionCase

from ..common import new_test_user, read_payload


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
        """A message that is stored and not worked yet."""
        message_uuid, _is_new = self.inbox._store(
            self.connection,
            dedupe_key or str(uuid.uuid4()),
            payload.get("EventType"),
            json.dumps(payload),
            {},
            device_key=self.connection._get_adapter().get_device_key(payload),
        )
        return self.inbox.search([("uuid", "=", message_uuid)])

    def work(self, payload):
        message = self.store(payload)
        self.inbox._drain(self.connection)
        return message


class WebhookMixin(HubMixin):
    """Ways to post messages to the connection, for HttpCase; the library of Standard Webhooks signs them."""

    def deliver(self, body, *, message_id=None, secret=None, at=None, token=None, headers=None):
        """POST `body` (bytes, or an object that becomes JSON), signed. `headers` replace others; None drops one."""
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


class DeadLetterCase(HubMixin, TransactionCase):
    """People of each role, and dead letters whose group belongs to no client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.colleague = new_test_user(cls.env, login="drew", groups="psa_base.group_operations")
        cls.technician = new_test_user(cls.env, login="terry", groups="psa_base.group_support")
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")
        cls.registered = read_payload("generic", "registered")
        cls.alert = read_payload("generic", "notification_critical")

    def make_dead(self, count=1, group="Contoso"):
        messages = self.inbox.browse()
        for number in range(count):
            messages |= self.store(
                {**self.registered, "Group": group, "SystemIdentifier": f"{group}-{number}", "Name": f"PC-{number}"}
            )
        for message in messages:
            message._work()
        self.assertEqual(set(messages.mapped("state")), {"dead"})
        return messages.with_user(self.dispatcher)

    def letters_of(self, messages, user=None):
        letters = self.env["psa.hub.dead.letter"].with_user(user or self.dispatcher)
        return letters.browse(letters._get_ids(messages))
