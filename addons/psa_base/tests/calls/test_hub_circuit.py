import socket
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...exceptions import CallError, ErrorClass
from ..common import SameCursorMixin, trap_jobs
from ..hub.common import HubMixin
from .loopback import Loopback, reply


@tagged("post_install", "-at_install")
class TestHubCircuit(SameCursorMixin, HubMixin, TransactionCase):
    """The line to another system: it is interrupted after faults in a row, tried, and taken up again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far = cls.env["psa.hub.connection"].create(
            {"name": "Wallboard", "adapter": "webhook", "may_use_http": True}
        )
        cls.far._rotate_secret()
        with socket.socket() as idle:
            idle.bind(("127.0.0.1", 0))
            cls.nobody = f"http://127.0.0.1:{idle.getsockname()[1]}"

    def setUp(self):
        super().setUp()
        self.far.base_url = self.nobody
        self.now = fields.Datetime.now()

    def call(self, after=timedelta(), method="GET"):
        with freeze_time(self.now + after):
            try:
                with self.far._calling() as client:
                    client.request(method, "")
            finally:
                self.env.invalidate_all()

    def call_badly(self, after=timedelta(), words="cannot be reached"):
        """Call and return the error. `assertRaises` would roll back what the line has recorded."""
        try:
            self.call(after)
        except CallError as error:
            self.assertIn(words, str(error))
            return error
        return self.fail("The call is answered.")

    def test_circuit_opens_is_tried_and_closes(self):
        for faults in range(1, 6):
            self.assertEqual(self.far.circuit_state or "closed", "closed")
            self.call_badly()
            self.assertEqual(self.far.circuit_ids.fault_count, faults)
        self.assertEqual(self.far.circuit_state, "open")
        self.assertIn("cannot be reached", self.far.last_failure)

        error = self.call_badly(words="interrupted after several faults")
        self.assertEqual(error.error_class, ErrorClass.TEMPORARY)
        self.assertTrue(50 <= error.retry_after <= 60, error.retry_after)

        after = timedelta(seconds=61)
        self.call_badly(after)  # the trial
        self.assertEqual((self.far.circuit_state, self.far.circuit_ids.pause_seconds), ("open", 120))
        self.call_badly(after, words="interrupted")

        with Loopback(reply(200, {})) as there:
            self.far.base_url = there.url
            self.call(after + timedelta(seconds=121))
        self.assertEqual((self.far.circuit_state, self.far.circuit_ids.fault_count), ("closed", 0))
        self.assertEqual(self.far.last_contact_at, self.now + after + timedelta(seconds=121))

    def test_pause_never_grows_beyond_an_hour(self):
        after = timedelta()
        for _each in range(20):
            self.call_badly(after, words=".")
            after += timedelta(hours=2)
        self.assertEqual(self.far.circuit_ids.pause_seconds, 3600)

    def test_one_caller_at_a_time_makes_the_trial(self):
        for _each in range(5):
            self.call_badly()
        with freeze_time(self.now + timedelta(seconds=61)), self.far._calling():
            self.call_badly(timedelta(seconds=61), words="interrupted")
        # The process that made the trial has died, so another one may make it.
        with freeze_time(self.now + timedelta(minutes=4)), self.far._calling():
            self.assertTrue(True)

    def test_refusals_are_answers(self):
        with Loopback(404) as there:
            self.far.base_url = there.url
            for _each in range(8):
                self.call_badly(words="(404)")
        self.assertEqual(self.far.circuit_state, "closed")
        self.assertTrue(self.far.last_contact_at)

    def test_interrupted_line_costs_messages_no_tries(self):
        messages = self.env["psa.hub.outbox"]
        for number in range(8):
            messages |= messages._put(self.far, "webhook.post", {}, f"msg_{number}")
        outbox = messages.with_user(self.integration_user)
        with trap_jobs():
            self.assertEqual(outbox._send_due(self.far.with_env(outbox.env)), 5)
        self.env.invalidate_all()
        self.assertEqual(messages.sorted("id").mapped("tries"), [1] * 5 + [0] * 3)

    def interrupt_and_hold(self):
        """The line is interrupted, and the answer to the last trial asked for a long pause."""
        for _each in range(5):
            self.call_badly()
        with Loopback(reply(503, {"message": "Maintenance"}, {"Retry-After": "600"})) as there:
            self.far.base_url = there.url
            self.call_badly(timedelta(seconds=61), words="Maintenance")
        self.far.base_url = self.nobody
        self.assertEqual((self.far.circuit_state, self.far.circuit_ids.pause_seconds), ("open", 120))

    def test_nobody_makes_a_trial_while_the_other_system_wants_to_be_left_alone(self):
        self.interrupt_and_hold()
        error = self.call_badly(timedelta(seconds=182), words="left alone")
        self.assertEqual(error.error_class, ErrorClass.RATE_LIMITED)
        self.assertGreater(error.retry_after, 500)
        self.assertEqual(self.far.circuit_state, "open")
        self.env["psa.hub.circuit"]._end_pause(self.far)
        self.call_badly(timedelta(seconds=182))  # the trial

    def test_turn_that_is_refused_is_no_fault(self):
        self.far.call_interval = 0.01
        circuits = self.env["psa.hub.circuit"]
        with self.far._calling() as client:
            for _each in range(5):  # meanwhile, other callers
                circuits._record_call(self.far, CallError("Maintenance.", ErrorClass.TEMPORARY, 600, 503))
            try:
                client.request("POST", "", json={})
                self.fail("The call is made.")
            except CallError as error:
                self.assertIn("left alone", str(error))
            self.assertEqual(client.effects, 0)
        self.env.invalidate_all()
        self.assertRecordValues(
            self.far.circuit_ids, [{"state": "open", "fault_count": 5, "last_failure": "Maintenance."}]
        )

    def test_test_button_calls_a_line_that_is_held(self):
        self.far.call_interval = 0.01
        self.interrupt_and_hold()
        with Loopback(reply(503, {"message": "Still closed"}, {"Retry-After": "600"})) as there:
            self.far.base_url = there.url
            action = self.far.action_test_connection()
            self.assertEqual(len(there.calls), 1)
        self.assertIn("Still closed", action["params"]["message"])
        self.env.invalidate_all()
        self.assertIn("Still closed", self.far.last_failure)
        self.assertEqual(self.far.circuit_ids.pause_seconds, 120, "a person's test is no trial: the pause stays")
        self.call_badly(timedelta(seconds=182), words="left alone")
        with Loopback(204) as there, trap_jobs():
            self.far.base_url = there.url
            self.assertEqual(self.far.action_test_connection()["params"]["type"], "success")
            self.env.invalidate_all()
            self.call(timedelta(seconds=182))
        self.assertEqual(self.far.circuit_state, "closed")

    def test_test_button_tries_an_interrupted_line(self):
        for _each in range(5):
            self.call_badly()
        action = self.far.action_test_connection()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("cannot be reached", action["params"]["message"])
        with Loopback(204) as there, trap_jobs():
            self.far.base_url = there.url
            action = self.far.action_test_connection()
        self.assertEqual(action["params"]["type"], "success", action)
        self.env.invalidate_all()
        self.assertEqual(self.far.circuit_state, "closed")
