import yaml

from odoo.tests import TransactionCase, tagged

from ...adapters import ADAPTERS
from ...adapters.facts import Alert, Device, Priority
from ...exceptions import PayloadError
from ..common import PAYLOADS, read_payload
from .common import QUALITY_SCALE

# The quality scale is about reading. An adapter that only sends has no column in it.
READERS = {code for code, adapter in ADAPTERS.items() if adapter.receives or adapter.polls}


@tagged("post_install", "-at_install")
class TestAdapterGeneric(TransactionCase):
    """Each payload file becomes the right dataclass, or fails on the right field."""

    def _parse(self, name):
        return ADAPTERS["generic"].parse(read_payload("generic", name))

    def _assert_fails_on(self, name, field):
        with self.assertRaises(PayloadError) as caught:
            self._parse(name)
        self.assertEqual(caught.exception.field, field)

    def test_registered_becomes_device(self):
        self.assertEqual(
            self._parse("registered"),
            Device(
                identifier="3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b",
                name="SRV-FS01",
                group="Northwind Dental",
                os_info="Windows Server 2022",
                serial_number="5CG1234XYZ",
            ),
        )

    def test_registered_minimal_becomes_device(self):
        self.assertEqual(
            self._parse("registered_minimal"),
            Device("9f1d7c11-52b2-4d0e-8a55-4d1f6f0f9a01", "FRONTDESK-02", "Northwind Dental"),
        )

    def test_registered_without_group_fails_on_group(self):
        self._assert_fails_on("registered_without_group", "Group")

    def test_registered_serial_as_number_fails_on_serial(self):
        self._assert_fails_on("registered_serial_as_number", "CustomFields.Serial")

    def test_notification_critical_becomes_alert(self):
        self.assertEqual(
            self._parse("notification_critical"),
            Alert(
                "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b",
                "Low disk space",
                "Drive C: on 'SRV-FS01' has 4% free.\nThreshold: <10%",
                Priority.CRITICAL,
            ),
        )

    def test_notification_unknown_priority_fails_on_priority(self):
        self._assert_fails_on("notification_unknown_priority", "Priority")

    def test_notification_control_characters_are_cleaned(self):
        alert = self._parse("notification_control_characters")
        self.assertEqual(alert.title, "Backup failed again \ufffd")
        self.assertEqual(alert.message, "Line one\nLine two \U0001f600")

    def test_unknown_event_fails_on_event_type(self):
        self._assert_fails_on("unknown_event", "EventType")


@tagged("post_install", "-at_install")
class TestQualityScale(TransactionCase):
    """The register, the selection on connections, the scale and the payload folders agree."""

    def test_every_adapter_is_a_choice_on_connections(self):
        choices = self.env["psa.hub.connection"]._fields["adapter"].get_values(self.env)
        self.assertEqual(set(choices), set(ADAPTERS))

    def test_every_rule_has_a_mark_for_every_adapter(self):
        for name, rule in yaml.safe_load(QUALITY_SCALE.read_text())["rules"].items():
            self.assertEqual(set(rule) - {"text"}, READERS, name)
            for adapter in READERS:
                mark = rule[adapter]
                is_exempt = isinstance(mark, dict) and set(mark) == {"exempt"} and mark["exempt"]
                self.assertTrue(is_exempt or mark in ("done", "missing"), f"{name}: {mark}")

    def test_every_adapter_has_payloads(self):
        for adapter in READERS:
            self.assertTrue(list((PAYLOADS / adapter).glob("*.json")), adapter)
