"""What tests of polls and sends share: connections to simulated vendors."""

from odoo.tests import new_test_user

from ...tools import secrets_box
from ..common import HubMixin, SameCursorMixin, trap_jobs
from ..vendor_simulator import VendorSimulator


class VendorMixin(SameCursorMixin, HubMixin):
    """Connections to simulated vendors, and polls of them. For TransactionCase."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        inside = {"team_id": cls.team.id, "call_interval": 0, "may_use_http": True}
        cls.pulseway, cls.rocketcyber = cls.env["psa.hub.connection"].create(
            [
                {"name": "Pulseway", "adapter": "pulseway", **inside},
                {"name": "RocketCyber", "adapter": "rocketcyber", **inside},
            ]
        )

    def setUp(self):
        super().setUp()
        self.simulator = self.enterContext(VendorSimulator())
        self.pulseway.base_url = self.simulator.pulseway_url
        self.rocketcyber.base_url = self.simulator.rocketcyber_url
        # after the addresses: another host gets no credential of the one before
        self.pulseway._set_credential(secrets_box.seal("sim-token-id:sim-token-secret"))
        self.rocketcyber._set_credential(secrets_box.seal("sim-rocketcyber-token"))

    def start_poll(self, connection, kind):
        with trap_jobs():
            return self.env["psa.hub.sync"].with_user(self.integration_user)._start(connection, kind)

    def run_poll(self, sync):
        """What the job of a poll does."""
        self.env.flush_all()
        with trap_jobs():
            sync._run_pages()
        self.env.invalidate_all()
        return sync

    def poll(self, connection, kind):
        return self.run_poll(self.start_poll(connection, kind))


class PollMixin(VendorMixin):
    """A client at Pulseway with devices to poll, and people of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.technician = new_test_user(cls.env, login="terry", groups="psa_base.group_support")

    def setUp(self):
        super().setUp()
        self.northwind = self.simulator.pulseway.add_organization("Northwind Dental")

    def add_device(self, name="SRV-FS01", **values):
        values = {"serial": f"SN-{name}", "os": "Windows Server 2022", **values}
        return self.simulator.pulseway.add_device(name, self.northwind, **values)

    def link(self):
        organizations = self.env["psa.hub.organization"].search([("connection_id", "=", self.pulseway.id)])
        organizations.partner_id = self.client
        return organizations

    def list_messages(self, connection):
        return self.env["psa.hub.inbox"].search([("connection_id", "=", connection.id)], order="id")
