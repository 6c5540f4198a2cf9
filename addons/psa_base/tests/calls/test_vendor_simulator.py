import requests

from odoo.tests import TransactionCase, tagged

from ..vendor_simulator import Fault, VendorSimulator
from ..vendor_simulator.faults import HTML, RATE_LIMITED, RESET, RESET_AFTER, TRUNCATED


@tagged("post_install", "-at_install")
class TestVendorSimulator(TransactionCase):
    """The simulator answers in the vendors' formats, and fails when a test says so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator = cls.enterClassContext(VendorSimulator())

    def setUp(self):
        super().setUp()
        self.pulseway = self.simulator.pulseway
        self.simulator.script.clear()
        self.simulator.forget_calls()

    def get(self, path, **params):
        return requests.get(
            self.simulator.pulseway_url + path, params=params, auth=self.pulseway.credentials[0], timeout=10
        )

    def test_list_comes_in_pages_of_a_hundred_with_the_total(self):
        self.pulseway.add_fleet(120)
        first, rest = self.get("assets", **{"$orderby": "Identifier"}), self.get("assets", **{"$skip": 100})
        self.assertEqual((len(first.json()["Data"]), len(rest.json()["Data"])), (100, 20))
        self.assertEqual(first.json()["Meta"]["TotalCount"], 120)

    def test_filter_finds_a_name_with_an_apostrophe(self):
        identifier = self.pulseway.add_organization("O'Brien & Sons")
        found = self.get("organizations", **{"$filter": "Name eq 'O''Brien & Sons'"}).json()["Data"]
        self.assertEqual([row["Id"] for row in found], [identifier])

    def test_wrong_credentials_are_refused_in_the_vendors_envelope(self):
        answer = requests.get(self.simulator.pulseway_url + "devices", auth=("x", "y"), timeout=10)
        self.assertEqual((answer.status_code, answer.json()["Meta"]["ResponseCode"]), (401, 401))

    def test_faults_happen_in_order_and_then_no_more(self):
        self.simulator.fail("GET /pulseway/v3/devices", RATE_LIMITED, HTML, TRUNCATED, RESET)
        self.assertEqual(self.get("devices").status_code, 429)
        self.assertIn("<html>", self.get("devices").text)
        for _each in range(2):
            with self.assertRaises(requests.RequestException):
                self.get("devices")
        self.assertEqual(self.get("devices").status_code, 200)
        self.assertEqual(len(self.simulator.find_calls("GET", "/pulseway/v3/devices")), 5)

    def test_call_that_is_cut_after_it_was_processed_has_its_effect(self):
        self.simulator.fail("POST /pulseway/v3/organizations", RESET_AFTER)
        with self.assertRaises(requests.RequestException):
            requests.post(
                self.simulator.pulseway_url + "organizations",
                json={"Name": "Half told"},
                auth=self.pulseway.credentials[0],
                timeout=10,
            )
        self.assertEqual(self.pulseway.created_names, ["Half told"])

    def test_program_is_told_what_to_do_by_http(self):
        control = f"{self.simulator.url}/control"
        fault = {"route": "GET /pulseway/v3/devices", "faults": [{"kind": "status", "status": 429, "retry_after": 7}]}
        requests.post(f"{control}/faults", json=fault, timeout=10)
        self.assertEqual(self.get("devices").headers["Retry-After"], "7")
        [call] = requests.get(f"{control}/calls", timeout=10).json()["calls"]
        self.assertEqual((call["path"], call["status"]), ("/pulseway/v3/devices", 429))

    def test_unknown_fault_is_refused(self):
        with self.assertRaises(ValueError):
            self.simulator.fail("GET *", Fault("earthquake"))
