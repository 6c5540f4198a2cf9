from datetime import UTC, datetime

from odoo.tests import TransactionCase, tagged

from ...adapters import ADAPTERS
from ...adapters.facts import Alert, Device, Notice, Priority
from ...adapters.pulseway import SIGNATURE_HEADER
from ...exceptions import PayloadError
from ..common import read_payload
from ..vendor_simulator.pulseway import sign

DEVICE = "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b"

KEY = "0123456789abcdef" * 4
BODY = (
    b'{"Id":88121,"Title":"Low disk space","Message":"Drive C: on \'SRV-FS01\' has 4% free.",'
    b'"DateTime":"2026-11-20T08:15:02Z","Priority":"Critical",'
    b'"DeviceIdentifier":"3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b","OrganizationId":4821}'
)
SIGNED_AS_TEXT = "qNuv0jL+VpSbBIeOI66or2J/Zi1mIXPLXVu8j+cK1qA="
SIGNED_AS_HEX = "YTgsAZTa/blCt4X5mG5lR05xPtzMuRDxqYypNqejYqE="
SENT_AT = datetime(2026, 11, 20, 8, 15, 2, tzinfo=UTC).timestamp()


@tagged("post_install", "-at_install")
class TestPulsewaySignature(TransactionCase):
    """The vendor signs the body and nothing else."""

    def _is_genuine(self, signature, body=BODY, keys=(KEY,), now=SENT_AT):
        headers = {SIGNATURE_HEADER: signature} if signature is not None else {}
        return ADAPTERS["pulseway"].is_genuine(headers, body, keys, now, 300)

    def test_key_may_be_text_or_hexadecimal(self):
        for signature in (SIGNED_AS_TEXT, SIGNED_AS_HEX):
            self.assertTrue(self._is_genuine(signature))

    def test_key_that_is_no_hexadecimal_is_text(self):
        self.assertTrue(self._is_genuine(sign("whsec_plain", BODY), keys=["whsec_plain"]))

    def test_changed_body_is_refused(self):
        self.assertFalse(self._is_genuine(SIGNED_AS_TEXT, BODY.replace(b"4% free", b"5% free")))

    def test_missing_and_garbled_signatures_are_refused(self):
        for signature in (None, "", "no base64!", SIGNED_AS_TEXT[:-4], "ä"):
            self.assertFalse(self._is_genuine(signature))

    def test_connection_without_a_key_refuses_everything(self):
        self.assertFalse(self._is_genuine(SIGNED_AS_TEXT, keys=[]))

    def test_both_keys_are_good_while_one_is_replaced(self):
        self.assertTrue(self._is_genuine(SIGNED_AS_TEXT, keys=["f" * 64, KEY]))

    def test_old_and_future_messages_are_refused(self):
        self.assertTrue(self._is_genuine(SIGNED_AS_TEXT, now=SENT_AT + 299))
        for seconds in (-301, 301):
            self.assertFalse(self._is_genuine(SIGNED_AS_TEXT, now=SENT_AT + seconds))

    def test_message_that_tells_no_time_is_let_in(self):
        """Messages about workflows tell no time. The inbox recognizes a repeat by its ID."""
        for body in (b'{"EventType":"WorkflowExecutionFinished","ExecutionId":7}', b'{"DateTime":"yesterday"}', b"["):
            self.assertTrue(self._is_genuine(sign(KEY, body), body))

    def test_time_that_is_no_single_value_is_for_the_reader_to_refuse(self):
        for moment in (b"{}", b"[1]", b"true"):
            body = b'{"Id":1,"DateTime":' + moment + b"}"
            self.assertTrue(self._is_genuine(sign(KEY, body), body), moment)


@tagged("post_install", "-at_install")
class TestAdapterPulseway(TransactionCase):
    """Each payload file becomes the right dataclass, or fails on the right field."""

    def _parse(self, name):
        return ADAPTERS["pulseway"].parse(read_payload("pulseway", name))

    def _assert_fails_on(self, name, field):
        with self.assertRaises(PayloadError) as caught:
            self._parse(name)
        self.assertEqual(caught.exception.field, field)

    def _get_key(self, name, **changes):
        return ADAPTERS["pulseway"].get_dedupe_key({}, {**read_payload("pulseway", name), **changes})

    def test_notification_critical_becomes_alert(self):
        self.assertEqual(
            self._parse("notification_critical"),
            Alert(
                device_identifier=DEVICE,
                title="Low disk space",
                message="Drive C: on 'SRV-FS01' has 4% free.",
                priority=Priority.CRITICAL,
                condition="low disk space",
                external_id="88121",
                occurred_at=datetime(2026, 11, 20, 8, 15, 2),
                organization_id="4821",
            ),
        )

    def test_notification_organization_as_text_is_the_same_organization(self):
        alert = self._parse("notification_organization_as_text")
        self.assertEqual((alert.organization_id, alert.external_id, alert.priority), ("4821", "88122", "elevated"))

    def test_notification_epoch_seconds_is_a_time(self):
        alert = self._parse("notification_epoch_seconds")
        self.assertEqual((alert.occurred_at, alert.priority), (datetime(2026, 11, 20, 8, 15, 2), Priority.LOW))

    def test_notification_epoch_milliseconds_is_the_same_time(self):
        self.assertEqual(self._parse("notification_epoch_milliseconds").occurred_at, datetime(2026, 11, 20, 8, 15, 2))

    def test_notification_back_online_is_an_alert_like_any_other(self):
        """The vendor does not link an end to its alert. The rules for alerts say which title ends which."""
        alert = self._parse("notification_back_online")
        self.assertEqual((alert.state, alert.condition), ("open", "device back online"))

    def test_notification_unknown_priority_fails_on_priority(self):
        self._assert_fails_on("notification_unknown_priority", "Priority")

    def test_notification_without_device_fails_on_device(self):
        self._assert_fails_on("notification_without_device", "DeviceIdentifier")

    def test_notification_unreadable_time_fails_on_time(self):
        self._assert_fails_on("notification_unreadable_time", "DateTime")

    def test_time_that_is_no_single_value_fails_on_time(self):
        for name, field in (("notification_critical", "DateTime"), ("device", "LastSeenOnline")):
            for moment in ({}, [1], {"Value": 1}):
                payload = {**read_payload("pulseway", name), field: moment}
                with self.subTest(name, moment=moment), self.assertRaises(PayloadError) as caught:
                    ADAPTERS["pulseway"].parse(payload)
                self.assertEqual(caught.exception.field, field)

    def test_polled_notification_has_its_first_line_as_title(self):
        alert = self._parse("polled_notification")
        self.assertEqual(alert.title, "Drive C: on 'SRV-FS01' has 4% free.")
        self.assertEqual(alert.condition, "drive c: on 'srv-fs01' has #% free.")
        self.assertEqual((alert.device_identifier, alert.priority), (DEVICE, Priority.CRITICAL))

    def test_polled_and_delivered_notification_are_one_message(self):
        self.assertEqual(self._get_key("polled_notification"), self._get_key("notification_critical"))
        self.assertNotEqual(self._get_key("notification_critical"), self._get_key("notification_back_online"))

    def test_workflow_finished_changes_nothing(self):
        self.assertIsInstance(self._parse("workflow_finished"), Notice)
        self.assertTrue(self._get_key("workflow_finished").startswith("workflow:9f1d7c11"))

    def test_unknown_event_fails_on_event_type(self):
        self._assert_fails_on("unknown_event", "EventType")

    def test_device_has_the_serial_number_of_its_bios(self):
        self.assertEqual(
            self._parse("device"),
            Device(
                identifier=DEVICE,
                name="SRV-FS01",
                group="Northwind Dental",
                os_info="Windows Server 2022",
                serial_number="5CG1234XYZ",
                organization_id="4821",
                seen_at=datetime(2026, 11, 19, 22, 0),
                in_maintenance=True,
            ),
        )

    def test_device_without_asset_is_known_by_name_and_group(self):
        self.assertEqual(self._parse("device_without_asset"), Device(DEVICE, "SRV-FS01", "Servers"))

    def test_device_without_name_fails_on_name(self):
        self._assert_fails_on("device_without_name", "Name")

    def test_device_that_was_only_seen_again_is_the_same_message(self):
        known = self._get_key("device")
        self.assertEqual(self._get_key("device", LastSeenOnline="2026-11-21T08:00:00Z", InMaintenance=False), known)
        self.assertNotEqual(self._get_key("device", Name="SRV-FS02"), known)

    def test_message_without_id_is_known_by_its_content(self):
        first, second = ({"Title": title, "Id": identifier} for title, identifier in (("a", None), ("b", True)))
        adapter = ADAPTERS["pulseway"]
        self.assertEqual(adapter.get_dedupe_key({}, first), adapter.get_dedupe_key({}, dict(first)))
        self.assertNotEqual(adapter.get_dedupe_key({}, first), adapter.get_dedupe_key({}, second))

    def test_alerts_and_devices_of_one_machine_have_one_key(self):
        adapter = ADAPTERS["pulseway"]
        for name in ("notification_critical", "polled_notification", "device"):
            self.assertEqual(adapter.get_device_key(read_payload("pulseway", name)), DEVICE)
        self.assertEqual(adapter.get_device_key({"DeviceIdentifier": ["x"]}), "")
