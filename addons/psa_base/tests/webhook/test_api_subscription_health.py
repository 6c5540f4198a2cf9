from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.misc import Callbacks

from ..calls.loopback import Loopback
from ..common import PsaCase, SameCursorMixin, new_test_user, trap_jobs
from .common import SubscriptionMixin


@tagged("post_install", "-at_install", "heavy")
class TestApiSubscriptionHealth(SameCursorMixin, SubscriptionMixin, PsaCase):
    """A webhook whose system accepts nothing for days is disabled, and the people who can mend it are told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(cls.env, login="psa_test_dispatcher", groups="psa_base.group_operations")

    def setUp(self):
        super().setUp()
        self.create_ticket()
        self.message = self.get_told()

    def fail_for(self, days, status=500):
        """Try every three hours for so many days."""
        # One stopped clock around all of them: to stop it anew for each costs more than the sending.
        with Loopback(status) as receiver, freeze_time(fields.Datetime.now()):
            for hours in range(0, 24 * days + 1, 3):
                self.send_to(receiver, timedelta(hours=hours))
        return receiver

    def get_mails(self):
        """The mails to the client's administrators."""
        return self.env["mail.message"].search(
            [("model", "=", "psa.api.subscription"), ("notified_partner_ids", "in", self.client_admin.partner_id.ids)]
        )

    def test_first_failure_begins_the_count_and_success_ends_it(self):
        with Loopback(503, 204) as receiver:
            self.send_to(receiver)
            self.assertTrue(self.subscription.failing_since)
            self.assertEqual(self.subscription.state, "active")
            self.send_to(receiver, timedelta(hours=7))
        self.assertFalse(self.subscription.failing_since)
        self.assertEqual(self.message.state, "sent")

    def test_message_is_tried_for_days(self):
        self.fail_for(4, status=404)
        self.assertEqual((self.message.state, self.subscription.state), ("waiting", "active"))
        self.assertGreater(self.message.tries, 12)

    def test_system_that_takes_nothing_for_five_days_is_disabled_with_notice(self):
        self.fail_for(6, status=404)
        self.assertEqual(self.subscription.state, "disabled")
        self.assertIn("5 days", self.subscription.disabled_reason)
        self.assertIn("(404)", self.subscription.disabled_reason)
        self.assertFalse(self.subscription.sudo().connection_id.active)
        [mail] = self.get_mails()
        self.assertIn("Practice software", mail.body)
        [activity] = self.subscription.sudo().activity_ids
        self.assertEqual(activity.user_id, self.subscription.sudo().connection_id.owner_id)

    def test_disabled_webhook_is_not_called_and_told_of_nothing(self):
        self.fail_for(6)
        self.create_ticket()
        self.assertEqual(self.get_told(), self.message)
        with Loopback(204) as receiver:
            self.send_to(receiver, timedelta(days=8))
        self.assertFalse(receiver.calls)

    def test_resumed_webhook_gets_what_waits(self):
        self.fail_for(6)
        with trap_jobs():
            self.subscription.with_user(self.client_admin).action_resume()
        self.assertRecordValues(
            self.subscription, [{"state": "active", "failing_since": False, "disabled_reason": False}]
        )
        self.assertFalse(self.subscription.sudo().activity_ids)
        with Loopback(204) as receiver:
            self.send_to(receiver)
        self.assertEqual(self.message.state, "sent")

    def test_receiver_that_is_gone_is_disabled_at_once(self):
        with Loopback(410) as receiver:
            self.send_to(receiver)
        self.assertEqual((self.subscription.state, self.message.state), ("disabled", "dead"))
        self.assertIn("410", self.subscription.disabled_reason)

    def test_client_is_told_in_its_own_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.subscription.partner_id.lang = "fr_FR"
        told = patch.object(type(self.subscription), "_tell_client_of_disabling", autospec=True)
        with Loopback(410) as receiver, told as tell:
            self.send_to(receiver)
        [call] = tell.call_args_list
        self.assertEqual(call.args[0].env.lang, "fr_FR")

    def test_failed_deliveries_are_sent_again_by_the_client(self):
        with Loopback(410) as receiver:
            self.send_to(receiver)
        mine = self.subscription.with_user(self.client_admin)
        self.assertEqual(mine.failed_count, 1)
        mine.action_resume()
        mine._replay_deliveries(self.message.ids)
        with Loopback(204) as receiver:
            self.send_to(receiver)
        self.assertRecordValues(self.message, [{"state": "sent", "acted_by_id": self.client_admin.id}])
        self.assertEqual(self.message.attempt_ids[0].user_id, self.client_admin)

    def test_what_was_taken_is_sent_again_under_its_id(self):
        with Loopback(204, 204, 204) as receiver:
            self.send_to(receiver)
            self.assertTrue(self.message.can_repeat)
            self.subscription.with_user(self.client_admin)._replay_deliveries(self.message.ids)
            self.assertRecordValues(self.message, [{"state": "waiting", "sent_at": False}])
            self.send_to(receiver)
            self.message.with_user(self.dispatcher).action_replay()
            self.send_to(receiver)
        self.assertEqual(self.message.state, "sent")
        self.assertEqual(self.message.attempt_ids.mapped("result"), ["done"] * 3)
        self.assertEqual(
            self.message.attempt_ids.mapped("user_id"), self.dispatcher | self.client_admin, "and who asked is known"
        )
        first, *others = ((call["headers"]["webhook-id"], call["body"]) for call in receiver.calls)
        self.assertEqual(others, [first, first])

    def test_what_is_not_kept_any_more_is_not_sent_again(self):
        with Loopback(204) as receiver:
            self.send_to(receiver)
        self.env["psa.hub.outbox"]._empty_payloads(fields.Datetime.now() + timedelta(days=31))
        self.env.invalidate_all()
        self.assertFalse(self.message.can_repeat)
        self.subscription.with_user(self.client_admin)._replay_deliveries(self.message.ids)
        self.assertEqual(self.message.state, "sent")
        with self.assertRaisesRegex(UserError, "payload is gone"):
            self.message.with_user(self.dispatcher).action_replay()

    def test_messages_of_others_are_not_replayed(self):
        other = self.create_subscription(partner_id=self.other_company.id)
        other._make_secret()
        self.create_ticket(partner_id=self.other_company.id)
        theirs = self.get_told(other)
        theirs._update_state(("waiting",), "dead")
        self.subscription.with_user(self.client_admin)._replay_deliveries(theirs.ids)
        self.assertEqual(theirs.state, "dead")

    def test_test_message_is_a_delivery_like_any_other(self):
        self.subscription.action_test()
        ping = self.get_told()[-1]
        self.assertEqual((ping.payload["type"], ping.payload["data"]), ("ping", {}))
        self.subscription.action_pause()
        with self.assertRaisesRegex(UserError, "not active"):
            self.subscription.action_test()

    def test_what_the_client_asks_for_is_sent_at_once(self):
        subscription = self.subscription.with_user(self.client_admin)
        sending = [("identity_key", "=", f"psa.hub.outbox.send.{self.subscription.sudo().connection_id.id}")]
        self.env["queue.job"].search(sending).unlink()
        after_commit = self.startPatcher(patch.object(self.env.cr, "postcommit", Callbacks()))
        subscription.action_pause()
        for press in (subscription.action_resume, subscription.action_test, subscription.action_replay_failed):
            press()
            after_commit.run()
            jobs = self.env["queue.job"].search(sending)
            self.assertEqual(jobs.mapped("channel"), ["root.psa.receivers"], press.__name__)
            jobs.unlink()
            self.message._update_state(("waiting", "dead"), "dead")

    def test_test_is_made_though_the_line_is_interrupted(self):
        with Loopback(*[503] * 5, 204) as receiver:
            for _each in range(5):
                self.create_ticket()
            self.env.cr.flush()
            self.send_to(receiver)
            self.assertEqual(self.subscription.sudo().connection_id.circuit_state, "open")
            self.subscription.action_test()
            self.send_to(receiver)
        self.assertEqual(self.get_told()[-1].state, "sent")

    def test_address_that_leads_inside_is_never_called(self):
        connection = self.subscription.sudo().connection_id
        with Loopback(204) as inside:
            # The name is set by SQL: what it leads to is only known when it is called, and not when it is entered.
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE psa_hub_connection SET base_url = %s WHERE id = %s",
                [inside.url.replace("http://127.0.0.1", "https://localhost.localdomain"), connection.id],
            )
            self.env.invalidate_all()
            outbox = self.env["psa.hub.outbox"].with_user(self.env.ref("psa_base.user_integration"))
            with trap_jobs():
                outbox._send_due(connection.with_env(outbox.env))
            self.env.invalidate_all()
        self.assertFalse(inside.calls)
        self.assertNotEqual(self.message.state, "sent")
        self.assertTrue(fields.Datetime.to_string(self.subscription.failing_since))
