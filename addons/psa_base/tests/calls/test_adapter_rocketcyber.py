from datetime import datetime

from odoo.tests import TransactionCase, tagged

from ...adapters import ADAPTERS
from ...adapters.facts import Alert, Priority
from ...exceptions import PayloadError
from ..common import read_payload


@tagged("post_install", "-at_install")
class TestAdapterRocketCyber(TransactionCase):
    """Each payload file becomes the right dataclass, or fails on the right field."""

    def _parse(self, name):
        return ADAPTERS["rocketcyber"].parse(read_payload("rocketcyber", name))

    def _assert_fails_on(self, name, field):
        with self.assertRaises(PayloadError) as caught:
            self._parse(name)
        self.assertEqual(caught.exception.field, field)

    def _get_key(self, name, **changes):
        return ADAPTERS["rocketcyber"].get_dedupe_key({}, {**read_payload("rocketcyber", name), **changes})

    def test_incident_open_becomes_alert(self):
        self.assertEqual(
            self._parse("incident_open"),
            Alert(
                device_identifier="",
                title="Encoded PowerShell",
                message="Seen on FRONTDESK-02\n\nRemediation: Isolate host",
                priority=Priority.ELEVATED,
                condition="incident:7001234",
                external_id="7001234",
                occurred_at=datetime(2026, 11, 20, 9, 10, 40),
                group="Northwind Dental",
                organization_id="51877",
            ),
        )

    def test_incident_resolved_ends_the_same_condition(self):
        alert = self._parse("incident_resolved")
        self.assertEqual((alert.state, alert.condition), ("resolved", "incident:7001234"))
        self.assertEqual(alert.occurred_at, datetime(2026, 11, 20, 11, 0))

    def test_incident_that_is_open_again_is_newer_than_its_resolution(self):
        payload = read_payload("rocketcyber", "incident_open")
        again = ADAPTERS["rocketcyber"].parse({**payload, "updatedAt": "2026-11-20T12:00:00Z"})
        self.assertGreater(again.occurred_at, self._parse("incident_resolved").occurred_at)

    def test_incident_never_updated_is_as_old_as_it_is(self):
        payload = {**read_payload("rocketcyber", "incident_open"), "updatedAt": None}
        self.assertEqual(ADAPTERS["rocketcyber"].parse(payload).occurred_at, datetime(2026, 11, 20, 9, 2, 11))

    def test_incident_with_severity_and_device_tells_both(self):
        alert = self._parse("incident_with_severity_and_device")
        self.assertEqual((alert.priority, alert.hostname), (Priority.CRITICAL, "FRONTDESK-02"))

    def test_incident_with_several_devices_is_on_none_of_them(self):
        self.assertEqual(self._parse("incident_with_several_devices").hostname, "")

    def test_incident_minimal_has_its_title_as_message(self):
        alert = self._parse("incident_minimal")
        self.assertEqual((alert.message, alert.external_id), ("Encoded PowerShell", "7001235"))

    def test_incident_unknown_status_fails_on_status(self):
        self._assert_fails_on("incident_unknown_status", "status")

    def test_incident_without_id_fails_on_id(self):
        self._assert_fails_on("incident_without_id", "id")

    def test_id_is_no_longer_than_an_index_can_hold(self):
        payload = {**read_payload("rocketcyber", "incident_open"), "id": 10**4000, "accountId": 10**4000}
        alert = ADAPTERS["rocketcyber"].parse(payload)
        self.assertEqual((len(alert.external_id), len(alert.organization_id)), (255, 255))

    def test_incident_is_a_new_message_when_it_has_changed(self):
        known = self._get_key("incident_open")
        self.assertEqual(self._get_key("incident_open", eventCount=4), known)
        self.assertNotEqual(self._get_key("incident_open", updatedAt="2026-11-20T09:11:00Z"), known)
        self.assertNotEqual(self._get_key("incident_resolved"), known)

    def test_messages_of_one_incident_are_in_order(self):
        adapter = ADAPTERS["rocketcyber"]
        keys = {
            adapter.get_device_key(read_payload("rocketcyber", f"incident_{name}")) for name in ("open", "resolved")
        }
        self.assertEqual(keys, {"incident:7001234"})
