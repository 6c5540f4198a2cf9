import json

from odoo.tests import TransactionCase, tagged

from ..common import PsaDataMixin, read_payload
from .common import AlertMixin


@tagged("post_install", "-at_install")
class TestAlertTester(AlertMixin, PsaDataMixin, TransactionCase):
    """What the dialog says that would come of a payload, without a trace of it."""

    def test_tester_answers_rule_by_rule_and_writes_nothing(self):
        self.device.pulseway_id = "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b"
        first = self.rule(title_patterns="offline", sequence=1)
        second = self.rule(title_patterns="low disk", outcome="hold", sequence=2)
        third = self.rule(sequence=3)
        before = self._count_everything()
        tester = self._try(read_payload("generic", "notification_critical"))
        self.assertRecordValues(tester, [{"partner_id": self.client.id, "asset_id": self.device.id}])
        self.assertIn("held back until it was seen 3 times within 30 minutes", tester.verdict)
        self.assertRecordValues(
            tester.line_ids,
            [
                {"rule_id": first.id, "result": "no", "why": "Title"},
                {"rule_id": second.id, "result": "yes", "why": "Everything that it asks for is true."},
                {"rule_id": third.id, "result": "unasked", "why": "A rule before it has decided."},
            ],
        )
        self.assertEqual(self._count_everything(), before)

    def test_tester_says_what_would_wait_among_the_dead_letters(self):
        tester = self._try(read_payload("generic", "notification_critical"))
        self.assertIn("No asset has the monitoring ID", tester.verdict)

    def test_tester_says_which_ticket_a_repeat_counts_on(self):
        self.device.pulseway_id = "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b"
        message = self.work(read_payload("generic", "notification_critical"))
        tester = self._try(read_payload("generic", "notification_critical"))
        self.assertIn(f"Its ticket is {message.ticket_id.number}", tester.verdict)

    def test_tester_counts_the_alert_that_is_tried(self):
        self.device.pulseway_id = "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b"
        self.rule(outcome="hold", hold_count=3, hold_minutes=30)
        payload = read_payload("generic", "notification_critical")
        for _time in range(2):
            self.assertIn("It is held back", self._try(payload).verdict)
            alert = self.work(payload).alert_id
            self.assertEqual(alert.state, "held")
        self.assertIn("It gets a ticket", self._try(payload).verdict)
        self.work(payload)
        self.assertEqual(alert.state, "open")

    def test_tester_says_what_a_recovery_ends(self):
        self.device.pulseway_id = "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b"
        payload = {**read_payload("generic", "notification_critical"), "Header": "Device offline"}
        ticket = self.work(payload).ticket_id
        tester = self._try({**payload, "Header": "Device back online"})
        self.assertIn("It ends: Device offline", tester.verdict)
        self.assertIn(ticket.number, tester.verdict)
        self.assertFalse(ticket.stage_id.closed)

    def _try(self, payload):
        tester = (
            self.env["psa.alert.tester"]
            .with_user(self.operations)
            .create({"connection_id": self.connection.id, "payload": json.dumps(payload)})
        )
        tester.action_try()
        return tester

    def _count_everything(self):
        return [
            self.env[model].search_count([])
            for model in ("psa.alert", "psa.alert.occurrence", "helpdesk.ticket", "psa.hub.inbox", "mail.message")
        ]
