"""What the tests of clients' webhooks share."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command

from ..common import new_test_user, trap_jobs


class SubscriptionMixin:
    """A webhook of the client that is told of tickets, and the client's own administrator. Goes before PsaCase."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client_admin = new_test_user(cls.env, login="psa_test_client_admin", groups="psa_base.group_client_admin")
        cls.client_admin.partner_id.write({"parent_id": cls.client_company.id, "email": "boss@harbourdental.example"})
        cls.events = cls.env["psa.api.event"].search([("code", "=like", "ticket.%")])
        cls.subscription = cls.create_subscription()
        cls.secret = cls.subscription.with_user(cls.admin)._make_secret()
        cls.env.flush_all()

    @classmethod
    def create_subscription(cls, **values):
        return (
            cls.env["psa.api.subscription"]
            .with_user(cls.admin)
            .create(
                {
                    "name": "Practice software",
                    "partner_id": cls.client_company.id,
                    "url": "https://hooks.harbourdental.example/psa",
                    "event_ids": [Command.set(cls.events.ids)],
                    **values,
                }
            )
        )

    def get_told(self, subscription=None):
        """The messages of the webhook in the outbox, the oldest first."""
        self.env.cr.flush()
        connection = (subscription or self.subscription).sudo().connection_id
        return self.env["psa.hub.outbox"].search([("connection_id", "=", connection.id)], order="id")

    def send_to(self, receiver, after=timedelta(), subscription=None):
        """Do what the job of sending does, `after` so long; the webhook's address is that of the receiver."""
        connection = (subscription or self.subscription).sudo().connection_id
        connection.write({"base_url": f"{receiver.url}/psa", "may_use_http": True})
        self.env.flush_all()
        outbox = self.env["psa.hub.outbox"].with_user(self.env.ref("psa_base.user_integration"))
        with trap_jobs(), freeze_time(datetime.now() + after):
            tries = outbox._send_due(connection.with_env(outbox.env))
        self.env.invalidate_all()
        return tries
