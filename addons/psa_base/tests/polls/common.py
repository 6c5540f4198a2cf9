"""What tests of polls share: devices to poll, and people who look after them."""

from ..calls.common import VendorMixin
from ..common import new_test_user


class PollMixin(VendorMixin):
    """A client at Pulseway with devices to poll, and people of two roles."""

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
