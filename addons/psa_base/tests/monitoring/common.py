"""What the tests of alerts share, beside what all tests share."""

from odoo import fields

from ...adapters.facts import Alert, Priority
from ...services.monitoring.alerts import raise_alert
from ..hub.common import HubMixin

NIGHT = "2026-07-06 13:00:00"


class AlertMixin(HubMixin):
    """A device of the client, and alerts of it that are worked as the hub works them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Rules and pairs that the database has are not the test's.
        cls.env["psa.alert.rule"].search([]).active = False
        cls.env["psa.alert.recovery"].search([]).active = False
        cls.device = cls.env["psa.asset"].create(
            {"name": "SRV-FS01", "partner_id": cls.client.id, "pulseway_id": "device_1", "os_info": "Windows Server"}
        )
        cls.env["psa.alert.recovery"].create(
            {"recovery_titles": "Device back online", "ended_titles": "Device offline"}
        )

    def alert(self, title="Device offline", priority=Priority.NORMAL, device="device_1", at=None, **values):
        """Work an alert, as the integration user; return its episode."""
        event = Alert(device, title, f"{title} on {device}.", priority, **values)
        connection = self.connection.with_user(self.integration_user)
        links = raise_alert(connection, event, at or fields.Datetime.now())
        return self.env["psa.alert"].browse(links["alert_id"])

    def recover(self, **values):
        return self.alert("Device back online", **values)

    def rule(self, **values):
        return self.env["psa.alert.rule"].create({"name": "Rule", **values})

    def sweep(self):
        self.env["psa.alert"].with_user(self.integration_user)._cron_sweep()

    def notes(self, ticket):
        return " ".join(ticket.message_ids.mapped("body"))
