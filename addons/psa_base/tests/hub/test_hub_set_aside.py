from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.hub.psa_hub_message_mixin_settle import PsaHubMessageMixin
from ..common import trap_jobs
from .common import DeadLetterCase


@tagged("post_install", "-at_install")
class TestHubSetAside(DeadLetterCase):
    """Dead letters that nobody can mend are set aside with a reason, and can be taken up again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.write({"payload_days": 3, "message_days": 10})

    def set_aside(self, records, reason="The device was sold.", user=None):
        """What the button on `records`, letters or messages, and its dialog do."""
        user = user or self.dispatcher
        action = records.with_user(user).action_set_aside()
        dialog = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        result = dialog.create({"reason": reason}).action_set_aside()
        self.env.flush_all()
        self.env.invalidate_all()
        return result

    def retain(self, days=0):
        with freeze_time(fields.Datetime.now() + timedelta(days=days)):
            self.env["psa.hub.connection"]._cron_retain()
        self.env.invalidate_all()

    def test_letters_are_settled_with_who_when_and_why(self):
        messages = self.make_dead(2)
        why_dead = messages[0].reason
        self.set_aside(self.letters_of(messages), "  The device was sold. ")
        self.assertRecordValues(
            messages,
            [{"state": "cancelled", "aside_reason": "The device was sold.", "aside_by_id": self.dispatcher.id}] * 2,
        )
        self.assertTrue(messages[0].aside_at)
        self.assertEqual(messages[0].reason, why_dead)
        self.assertFalse(self.env["psa.hub.dead.letter"].search([("connection_id", "=", self.connection.id)]))
        entries = self.env["psa.audit.entry"].search([("model", "=", messages._name), ("res_id", "in", messages.ids)])
        values = {"kind": "set_aside", "user_id": self.dispatcher.id, "reason": "The device was sold."}
        self.assertRecordValues(entries, [{**values, "before": why_dead}] * 2)

    def test_alarm_clears_and_nothing_counts_it(self):
        self.env["psa.hub.connection"].search([("id", "!=", self.connection.id)]).active = False
        message = self.make_dead()
        alarms = self.env["psa.hub.alarm"]
        alarms._cron_check()
        alarm = alarms.search([("connection_id", "=", self.connection.id)])
        self.assertEqual((alarm.kind, alarm.state), ("dead", "open"))
        self.set_aside(message)
        alarms._cron_check()
        self.assertEqual(alarm.state, "cleared")
        [row] = [row for row in self.env["psa.hub.health"]._fetch_connections() if row["id"] == self.connection.id]
        self.assertEqual((row["dead"], row["waiting"]), (0, 0))

    def test_reason_is_wanted(self):
        message = self.make_dead()
        with self.assertRaisesRegex(UserError, "Say why"):
            self.set_aside(message, " \n")
        self.assertEqual(message.state, "dead")

    def test_only_dead_letters_can_be(self):
        message = self.make_dead()
        self.client.rmm_group = "Contoso"
        message.action_replay()
        with self.assertRaisesRegex(UserError, "nothing to set aside"):
            self.set_aside(message)

    def test_technician_may_not(self):
        message = self.make_dead()
        with self.assertRaises(AccessError):
            message.with_user(self.technician).action_set_aside()
        with self.assertRaises(AccessError):
            message.with_user(self.technician)._set_aside("I say so.")

    def test_letter_of_another_company_is_out_of_reach(self):
        company = self.env["res.company"].create({"name": "Stratum NZ"})
        team = self.env["helpdesk.ticket.team"].create({"name": "NZ", "company_id": company.id})
        message = self.make_dead()
        self.connection.write({"company_id": company.id, "team_id": team.id})
        dialog = self.env["psa.hub.set.aside"].with_user(self.dispatcher)
        with self.assertRaises(AccessError):
            dialog.create({"message_ids": message.ids, "reason": "Not mine."}).action_set_aside()

    def test_messages_to_send_are_cancelled_instead(self):
        receiver = self.connection.copy({"adapter": "webhook"})
        outgoing = self.env["psa.hub.outbox"]._put(receiver, "webhook.post", {"a": 1}, "key-1")
        outgoing._update_state(("waiting",), "dead")
        letters = self.letters_of(outgoing) | self.letters_of(self.make_dead())
        with self.assertRaisesRegex(UserError, "cancelled"):
            letters.action_set_aside()

    def test_replay_takes_it_up_again(self):
        message = self.make_dead()
        self.set_aside(message)
        self.client.rmm_group = "Contoso"
        message.action_replay()
        self.assertRecordValues(message, [{"state": "done", "aside_reason": False, "aside_at": False}])
        self.assertEqual(message.attempt_ids[0].user_id, self.dispatcher)

    def test_many_are_taken_up_again_in_the_background(self):
        messages = self.make_dead(3)
        self.set_aside(messages[:2])
        self.client.rmm_group = "Contoso"
        with patch.object(PsaHubMessageMixin, "REPLAY_AT_ONCE", 2), trap_jobs():
            action = messages.action_replay()
            self.env["psa.hub.replay"].with_user(self.dispatcher).browse(action["res_id"])._work_batch(0)
        self.assertEqual(messages.mapped("state"), ["done"] * 3)

    def test_replay_under_way_leaves_alone_what_is_set_aside_meanwhile(self):
        messages = self.make_dead(3)
        with patch.object(PsaHubMessageMixin, "REPLAY_AT_ONCE", 2), trap_jobs():
            action = messages.action_replay()
            self.set_aside(messages[0])
            self.env["psa.hub.replay"].with_user(self.dispatcher).browse(action["res_id"])._work_batch(0)
        self.assertEqual(messages.mapped("state"), ["cancelled", "dead", "dead"])

    def test_sender_that_repeats_it_is_recognised(self):
        message = self.store({**self.registered, "Group": "Contoso"}, dedupe_key="msg_1")
        message._work()
        self.set_aside(message)
        self.assertEqual(self.store({**self.registered, "Group": "Contoso"}, dedupe_key="msg_1"), message)
        self.assertEqual(message.state, "cancelled")

    def test_it_is_kept_as_long_as_if_it_had_come_on_that_day(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=100)):
            message = self.make_dead()
        self.set_aside(message)
        self.retain()
        self.assertIn("Contoso", message.raw)
        self.retain(days=4)
        self.assertEqual(message.raw, "{}")
        with self.assertRaisesRegex(UserError, "nothing to replay"):
            message.action_replay()
        self.retain(days=11)
        self.assertFalse(message.exists())
