from odoo.tests import tagged

from ..common import PsaHttpCase, read_payload
from ..common_tours import TourMixin
from ..hub.common import HubMixin

URL = "/odoo/hub-health"


@tagged("post_install", "-at_install", "heavy")
class TestHubDashboardTour(TourMixin, HubMixin, PsaHttpCase):
    """The health of the integrations, in a real browser: three dead letters, two messages to work."""

    def setUp(self):
        super().setUp()
        self.connection.write({"name": "Monitoring of the harbour", "owner_id": self.operations.id})
        registered = {**read_payload("generic", "registered"), "Group": "Contoso"}
        names = [f"PC-{number}" for number in range(5)]
        messages = [
            self.store({**registered, "SystemIdentifier": name, "Name": name, "CustomFields": {"Serial": name}})
            for name in names
        ]
        for message in messages[:3]:
            message._work()

    def test_every_number_leads_to_the_list_behind_it(self):
        self.start_tour(URL, "psa_base_hub_numbers", login=self.operations.login)

    def test_server_that_does_not_answer_is_said_and_asked_again(self):
        self.start_tour(URL, "psa_base_hub_without_server", login=self.operations.login)

    def test_operations_mends_the_letters_from_the_dashboard(self):
        self.start_tour(URL, "psa_base_hub_mend", login=self.operations.login)
        self.assertEqual(self.client_company.rmm_group, "Contoso")
        devices = self.env["psa.asset"].search([("partner_id", "=", self.client_company.id)])
        self.assertGreaterEqual(set(devices.mapped("name")), {"PC-0", "PC-1", "PC-2"})
