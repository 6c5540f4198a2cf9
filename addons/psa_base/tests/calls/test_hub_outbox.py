from datetime import timedelta
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...adapters.pulseway import CREATE_ORGANIZATION, PulsewayAdapter
from ...exceptions import DeadLetter
from ...tools import secrets_box
from ..common import SameCursorMixin, new_test_user, trap_jobs
from ..hub.common import HubMixin
from ..vendor_simulator import Fault, VendorSimulator
from .common import connect_pulseway, create_blindly

POST = "POST /pulseway/v3/organizations"
GET = "GET /pulseway/v3/organizations"
LATER = timedelta(days=1)


class Subject:
    """Stands for the subject of a message. It keeps what it is told, and may raise an error."""

    _description = "Client"
    id = 7

    def __init__(self, error=None):
        self.error, self.heard = error, []

    def with_context(self, **_context):
        return self

    def _on_hub_sent(self, outbox):
        self.heard.append(("sent", outbox.external_id))
        if self.error:
            raise self.error

    def _on_hub_dead(self, outbox):
        self.heard.append(("dead", outbox.reason))


@tagged("post_install", "-at_install")
class TestHubOutbox(SameCursorMixin, HubMixin, TransactionCase):
    """Messages to send: put by a business transaction, sent by a job, looked up before any repeat."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator = cls.enterClassContext(VendorSimulator())
        cls.enterClassContext(patch.object(PulsewayAdapter, "send", create_blindly))
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.technician = new_test_user(cls.env, login="terry", groups="psa_base.group_support")
        cls.far = connect_pulseway(cls.simulator, cls.team)

    def setUp(self):
        super().setUp()
        self.simulator.script.clear()
        self.simulator.forget_calls()
        self.simulator.pulseway.organizations.clear()

    def put(self, name="Northwind", user=None, **values):
        outbox = self.env["psa.hub.outbox"].with_user(user or self.technician)
        message = outbox._put(self.far, CREATE_ORGANIZATION, {"name": name}, name, **values)
        return message.with_user(self.dispatcher)

    def send(self, after=timedelta()):
        self.env.flush_all()
        outbox = self.env["psa.hub.outbox"].with_user(self.integration_user)
        with trap_jobs(), freeze_time(fields.Datetime.now() + after):
            tries = outbox._send_due(self.far.with_env(outbox.env))
        self.env.invalidate_all()
        return tries

    def count_made(self, name="Northwind"):
        return sum(each["Name"] == name for each in self.simulator.pulseway.organizations)

    def assert_told(self, message, *words):
        for word in words:
            self.assertIn(word, message.reason)
        self.assertRegex(message.reason, r"^[A-Z].*\.$")
        self.assertNotIn("sim-token", f"{message.reason} {message.attempt_ids.mapped('detail')}")

    def test_save_of_a_person_calls_nobody(self):
        self.assertTrue(self.far.adapter)  # read before
        with patch.object(requests.Session, "send", side_effect=AssertionError("a call")), self.assertQueryCount(1):
            self.env["psa.hub.outbox"].with_user(self.technician)._put(self.far, CREATE_ORGANIZATION, {}, "x")
        self.assertFalse(self.simulator.calls)

    def test_message_is_sent_once_and_keeps_what_came_of_it(self):
        message = self.put()
        self.assertEqual(self.put(), message)
        self.assertEqual((self.send(), self.send()), (1, 0))
        [organization] = self.simulator.pulseway.organizations
        self.assertRecordValues(
            message, [{"state": "sent", "tries": 1, "external_id": str(organization["Id"]), "reason": False}]
        )
        self.assertRecordValues(message.attempt_ids, [{"result": "done", "error_class": False}])

    def test_operation_that_the_adapter_does_not_know_is_a_mistake(self):
        with self.assertRaises(ValueError):
            self.env["psa.hub.outbox"]._put(self.far, "webhook.post", {}, "x")

    def test_answer_that_got_lost_is_looked_for_and_not_asked_again(self):
        for kind in ("reset_after", "truncated"):
            name = f"Lost by {kind}"
            message = self.put(name)
            self.simulator.fail(POST, Fault(kind))
            self.send()
            self.assertRecordValues(
                message, [{"state": "waiting", "error_class": "unknown_outcome", "is_unsure": True}]
            )
            self.assertGreaterEqual(message.retry_at, fields.Datetime.now() + timedelta(minutes=1))
            self.assert_told(message, "may have done")
            self.send(LATER)
            self.assertRecordValues(message, [{"state": "sent", "tries": 2, "is_unsure": False}])
            self.assertEqual(self.count_made(name), 1)

    def test_request_that_got_lost_is_looked_for_and_sent_again(self):
        for fault in (Fault("reset"), Fault("status", status=500), Fault("html")):
            name = f"Lost by {fault.kind}"
            message = self.put(name)
            self.simulator.fail(POST, fault)
            self.send()
            self.assertRecordValues(message, [{"state": "waiting", "error_class": "unknown_outcome"}])
            self.send(LATER)
            self.assertRecordValues(message, [{"state": "sent", "tries": 2}])
            self.assertEqual(self.count_made(name), 1)

    def test_look_that_fails_sends_nothing(self):
        message = self.put()
        self.simulator.fail(POST, Fault("reset_after"))
        self.simulator.fail(GET, Fault("status", status=503))
        self.send()
        self.send(LATER)
        self.assertRecordValues(message, [{"state": "waiting", "error_class": "temporary", "is_unsure": True}])
        self.send(2 * LATER)
        self.assertEqual(message.state, "sent")
        self.assertEqual(self.count_made(), 1)

    def test_request_for_fewer_calls_is_obeyed_and_holds_everybody(self):
        first, second = self.put("First"), self.put("Second")
        self.simulator.fail(POST, Fault("status", status=429, retry_after=900))
        self.assertEqual(self.send(), 1)
        self.assertRecordValues(first | second, [{"tries": 1}, {"tries": 0}])
        self.assertEqual(first.error_class, "rate_limited")
        self.assertGreaterEqual(first.retry_at, fields.Datetime.now() + timedelta(seconds=890))
        self.assertEqual(self.send(timedelta(minutes=10)), 0)

    def test_refusal_is_a_dead_letter_with_the_vendors_words(self):
        message = self.put()
        self.simulator.fail(POST, Fault("status", status=405))
        self.send()
        self.assertRecordValues(message, [{"state": "dead", "error_class": "permanent", "mend": False}])
        self.assert_told(message, "(405)", "By script", "replay")
        self.assertEqual(message.attempt_ids.status_code, 405)

    def test_wrong_credential_is_a_dead_letter_that_leads_to_the_settings(self):
        self.far._set_credential(secrets_box.seal("sim-token-id:other"))
        self.far.action_revoke_previous_credential()
        message = self.put()
        self.send()
        self.assertRecordValues(message, [{"state": "dead", "mend": "check_settings"}])
        self.assert_told(message, "Check the credentials")

    def test_connection_without_a_credential_is_a_dead_letter_that_leads_to_the_settings(self):
        self.far.sudo().write({"credential_sealed": False, "previous_credential_sealed": False})
        message = self.put()
        self.send()
        self.assertRecordValues(message, [{"state": "dead", "mend": "check_settings"}])
        self.assert_told(message, "has no credential yet")
        self.assertFalse(self.simulator.calls)

    def test_adapter_that_needs_a_person_says_which_mend(self):
        message = self.put()
        letter = DeadLetter("Two have this name. Link the right one.", mend="look_up", name="Northwind")
        with patch.object(PulsewayAdapter, "send", side_effect=letter):
            self.send()
        self.assertRecordValues(message, [{"state": "dead", "mend": "look_up", "error_class": "needs_person"}])
        self.assertEqual(message.mend_values, {"name": "Northwind"})

    @mute_logger("odoo.addons.psa_base.models.calls.psa_hub_outbox_sending")
    def test_error_of_the_adapter_after_the_call_is_an_unknown_outcome(self):
        def create_and_fail(adapter, client, outgoing):
            create_blindly(adapter, client, outgoing)
            raise KeyError("Id")

        message = self.put()
        with patch.object(PulsewayAdapter, "send", create_and_fail):
            self.send()
        self.assertRecordValues(message, [{"state": "waiting", "error_class": "unexpected", "is_unsure": True}])
        self.assertEqual(message.attempt_ids.error_type, "KeyError")
        self.send(LATER)
        self.assertEqual((message.state, self.count_made()), ("sent", 1))

    def test_message_that_never_gets_an_answer_is_given_up_and_says_that_it_may_have_arrived(self):
        message = self.put()
        self.simulator.fail(POST, Fault("reset"), times=None)
        for tries in range(12):
            self.send(tries * LATER)
        self.assertRecordValues(message, [{"state": "dead", "tries": 12, "mend": "look_up", "is_unsure": True}])
        self.assert_told(message, "the last one", "may have arrived", "looks before it sends again")
        self.assertEqual(len(message.attempt_ids), 12)

    def test_messages_of_one_queue_wait_for_each_other_and_others_do_not(self):
        first, second = self.put("First", ordering_key="a"), self.put("Second", ordering_key="a")
        other = self.put("Other", ordering_key="b")
        self.simulator.fail(POST, Fault("reset"))
        self.assertEqual(self.send(), 2)
        self.assertEqual((first | second | other).mapped("state"), ["waiting", "waiting", "sent"])
        self.send(LATER)
        self.assertEqual(self.simulator.pulseway.created_names[-3:], ["Other", "First", "Second"])

    def test_archived_connection_is_told_nothing(self):
        message = self.put()
        self.far.active = False
        self.assertEqual(self.send(), 0)
        with trap_jobs() as trap:
            self.env["psa.hub.outbox"].with_user(self.integration_user)._cron_wake()
            trap.assert_jobs_count(0)
        self.assertEqual(message.state, "waiting")

    def test_cron_finds_what_no_job_sent(self):
        self.put()
        with trap_jobs() as trap:
            self.env["psa.hub.outbox"].with_user(self.integration_user)._cron_wake()
            trap.assert_jobs_count(1, only=self.env["psa.hub.outbox"]._send_due)

    def test_subject_hears_that_it_was_done(self):
        message, subject = self.put(), Subject()
        with patch.object(type(message), "_get_subject", lambda message: subject):
            self.send()
        self.assertEqual(subject.heard, [("sent", message.external_id)])

    def test_subject_hears_that_it_was_refused(self):
        message, subject = self.put(), Subject()
        self.simulator.fail(POST, Fault("status", status=400))
        with patch.object(type(message), "_get_subject", lambda message: subject):
            self.send()
        self.assertEqual(subject.heard, [("dead", message.reason)])

    @mute_logger("odoo.addons.psa_base.models.calls.psa_hub_outbox_sending")
    def test_subject_that_cannot_take_the_result_is_told_again_and_nothing_is_sent_again(self):
        message, subject = self.put(), Subject(ValueError("no such field"))
        with patch.object(type(message), "_get_subject", lambda message: subject):
            self.send()
            self.assertEqual(message.state, "dead")
            self.assert_told(message, "no such field", "nothing that was done is sent again")
            subject.error = None
            with trap_jobs():
                message.action_replay()
            self.send()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(subject.heard), 2)
        self.assertEqual(len(self.simulator.find_calls("POST")), 1)

    def test_replay_sends_again_and_keeps_who_asked(self):
        message = self.put()
        self.simulator.fail(POST, Fault("status", status=400))
        self.send()
        with trap_jobs():
            message.action_replay()
        self.send()
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.attempt_ids.mapped("result"), ["done", "dead"])
        self.assertEqual(message.attempt_ids[0].user_id, self.dispatcher)

    def test_what_would_be_done_twice_is_not_sent_again(self):
        message = self.put()
        self.send()
        self.assertFalse(message.can_repeat)
        with self.assertRaisesRegex(UserError, "done twice"):
            message.action_replay()
        self.assertEqual(message.state, "sent")

    def test_cancelled_message_is_not_sent(self):
        message = self.put()
        message.action_cancel()
        self.assertEqual(self.send(), 0)
        self.assertRecordValues(message, [{"state": "cancelled", "acted_by_id": self.dispatcher.id}])
        with self.assertRaises(UserError):
            message.action_replay()

    def test_message_that_a_person_found_over_there_is_not_sent_again(self):
        message = self.put()
        self.simulator.fail(POST, Fault("reset"), times=None)
        for tries in range(12):
            self.send(tries * LATER)
        with trap_jobs():
            message.action_confirm_arrival()
        self.simulator.forget_calls()
        self.send(13 * LATER)
        self.assertEqual(message.state, "sent")
        self.assertFalse(self.simulator.calls)

    def test_technician_sees_replays_and_cancels_nothing(self):
        message = self.put().with_user(self.technician)
        for act in (message.action_replay, message.action_cancel, lambda: message.read(["payload"])):
            with self.assertRaises(AccessError):
                act()

    def test_nobody_changes_or_deletes_messages(self):
        message = self.put()
        for forge in (lambda: message.sudo().write({"payload": {}}), message.sudo().unlink):
            with self.assertRaises(UserError):
                forge()
        with self.assertRaises(AccessError):
            message.create({"connection_id": self.far.id, "operation": "x", "payload": {}, "idempotency_key": "x"})
