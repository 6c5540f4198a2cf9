import json

import yaml

from odoo.tests import TransactionCase, tagged

from ...adapters import ADAPTERS, register
from ...adapters.facts import Alert, Device, Notice
from ...adapters.rmm_adapter import RmmAdapter
from ...exceptions import CallError, PayloadError
from ..common import PAYLOADS
from ..tinkerbell import TinkerbellAdapter
from .common import QUALITY_SCALE, VendorMixin


@tagged("post_install", "-at_install")
class TestAdapterRegistry(VendorMixin, TransactionCase):
    """Another adapter is one file: registered by the public decorator, it works like the others."""

    def setUp(self):
        super().setUp()
        self.addCleanup(ADAPTERS.pop, "tinkerbell", None)

    def _connect(self):
        register(TinkerbellAdapter)
        return self.env["psa.hub.connection"].create(
            {
                "name": "Tinkerbell",
                "adapter": "tinkerbell",
                "base_url": self.simulator.receiver_url,
                "may_use_http": True,
                "team_id": self.team.id,
                "call_interval": 0,
            }
        )

    def test_registered_adapter_is_a_choice_that_can_be_polled(self):
        connection = self._connect()
        self.assertIn(("tinkerbell", "Tinkerbell"), connection._fields["adapter"]._description_selection(self.env))
        self.assertTrue(connection.can_poll)
        self.assertFalse(connection.needs_credential)

    def test_connection_whose_adapter_is_gone_can_do_nothing_and_says_so(self):
        connection = self._connect()
        del ADAPTERS["tinkerbell"]
        connection.invalidate_recordset()
        self.assertRecordValues(
            connection, [{"raises_alerts": False, "can_call": False, "can_poll": False, "needs_credential": False}]
        )
        with self.assertRaisesRegex(CallError, "not installed any more"):
            connection._make_client()

    def test_its_device_becomes_an_asset_and_its_alert_a_ticket(self):
        connection = self._connect()
        hosts = [{"host": "tb-1", "name": "FRONTDESK-01", "client": "Northwind Dental"}]
        self.simulator.canned["/receiver/hosts"] = {"hosts": hosts, "more": False}
        sync = self.poll(connection, "devices")
        self.assertRecordValues(sync, [{"state": "done", "created_count": 1}])
        asset = self.env["psa.asset"].search([("pulseway_id", "=", "tb-1")])
        self.assertRecordValues(asset, [{"name": "FRONTDESK-01", "partner_id": self.client.id}])
        payload = {"host": "tb-1", "what": "Fan stopped", "level": "critical", "n": 7}
        adapter = ADAPTERS["tinkerbell"]
        message_uuid, _is_new = self.inbox._store(
            connection, adapter.get_dedupe_key({}, payload), adapter.get_event_type(payload), json.dumps(payload), {}
        )
        message = self.inbox.search([("uuid", "=", message_uuid)])
        message._work()
        self.assertRecordValues(message, [{"state": "done", "asset_id": asset.id}])
        self.assertEqual(message.ticket_id.name, "Fan stopped")

    def test_adapter_that_lacks_what_it_claims_is_refused_when_it_is_loaded(self):
        class Boaster(RmmAdapter):
            code = "boaster"
            label = "Boaster"
            polls = ("devices",)

        with self.assertRaisesRegex(TypeError, "fetch_devices.*is_genuine.*parse"):
            register(Boaster)
        self.assertNotIn("boaster", ADAPTERS)

    def test_code_of_another_adapter_is_refused(self):
        class Impostor(TinkerbellAdapter):
            code = "pulseway"

        with self.assertRaisesRegex(TypeError, "pulseway"):
            register(Impostor)

    def test_adapter_that_is_loaded_again_is_no_other_one(self):
        register(TinkerbellAdapter)
        self.assertIs(register(TinkerbellAdapter), TinkerbellAdapter)

    def test_adapter_that_only_sends_accepts_nothing(self):
        self.assertFalse(RmmAdapter().is_genuine({}, b"{}", ["x"], 0, 300))


@tagged("post_install", "-at_install")
class TestEveryAdapter(TransactionCase):
    """What holds for every adapter and payload: the rules of the quality scale that a program can check."""

    def _each(self):
        for code, adapter in ADAPTERS.items():
            for path in sorted((PAYLOADS / code).glob("*.json")):
                with self.subTest(adapter=code, payload=path.stem):
                    yield adapter, json.loads(path.read_text())

    def _get_key(self, adapter, payload):
        return adapter.get_dedupe_key({"webhook-id": "msg_1"}, payload)

    def test_every_payload_is_an_event_or_names_the_field_that_is_wrong(self):
        for adapter, payload in self._each():
            try:
                self.assertIsInstance(adapter.parse(payload), Alert | Device | Notice)
            except PayloadError as error:
                self.assertTrue(error.field and error.expected)

    def test_every_payload_has_keys_that_fit_the_inbox(self):
        for adapter, payload in self._each():
            for text in (self._get_key(adapter, payload), adapter.get_event_type(payload)):
                self.assertTrue(text and len(text) <= 255, text)
            self.assertIsInstance(adapter.get_device_key(payload), str)

    def test_key_of_a_payload_is_always_the_same(self):
        for adapter, payload in self._each():
            shuffled = dict(reversed(payload.items()))
            self.assertEqual(self._get_key(adapter, payload), self._get_key(adapter, shuffled))

    def test_nonsense_is_never_more_than_a_payload_error(self):
        for code, adapter in ADAPTERS.items():
            if not (adapter.receives or adapter.polls):
                continue
            for payload in ({}, {"EventType": 1, "Id": [], "id": {}, "Identifier": None, "status": 7, "Title": [1]}):
                with self.subTest(adapter=code):
                    self._get_key(adapter, payload)
                    adapter.get_event_type(payload)
                    self.assertEqual(adapter.get_device_key(payload) or "", adapter.get_device_key(payload))
                    with self.assertRaises(PayloadError):
                        adapter.parse(payload)

    def test_message_that_nobody_signed_is_refused(self):
        for code, adapter in ADAPTERS.items():
            with self.subTest(adapter=code):
                self.assertFalse(adapter.is_genuine({}, b"{}", ["whsec_c2VjcmV0"], 1_800_000_000, 300))

    def test_adapter_that_says_it_polls_or_sends_is_marked_so(self):
        rules = yaml.safe_load(QUALITY_SCALE.read_text())["rules"]
        for code, adapter in ADAPTERS.items():
            if not adapter.receives:
                continue
            self.assertEqual(rules["polling"][code] == "done", bool(adapter.polls), code)
            self.assertEqual(rules["sending"][code] == "done", bool(adapter.operations), code)
