from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import Callbacks

from odoo.addons.queue_job.exception import RetryableJobError

from ...models.hub.psa_hub_connection_door import PsaHubConnection
from ...services.monitoring import events as monitoring_events
from ..common import new_test_user, read_payload, trap_jobs
from .common import HubMixin


@tagged("post_install", "-at_install")
class TestHubInbox(HubMixin, TransactionCase):
    """The inbox: how messages are stored and worked, and what a person can do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.technician = new_test_user(cls.env, login="terry", groups="psa_base.group_support")
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")
        cls.registered = read_payload("generic", "registered")
        cls.alert = read_payload("generic", "notification_critical")

    def _break_intake(self, error=None):
        return patch.object(monitoring_events, "handle", side_effect=error or ValueError("boom"))

    def _drain(self):
        with mute_logger("odoo.addons.psa_base.models.hub.psa_hub_message_mixin"):
            return self.inbox._drain(self.connection)

    def test_message_stored_twice_is_kept_once(self):
        first = self.store(self.registered, dedupe_key="msg_1")
        self.assertEqual(self.store(self.registered, dedupe_key="msg_1"), first)

    def test_messages_are_worked_in_order_of_arrival(self):
        registration, alert = self.store(self.registered), self.store(self.alert)
        self.assertEqual(self._drain(), 2)
        self.assertEqual((registration | alert).mapped("state"), ["done", "done"])
        self.assertEqual(alert.ticket_id.asset_id, registration.asset_id)

    def test_worked_message_is_left_alone(self):
        message = self.work(self.registered)
        self.assertEqual(self._drain(), 0)
        self.assertEqual(len(message.attempt_ids), 1)

    def test_full_batch_wakes_the_next_job(self):
        lane = self.store(self.registered).lane
        self.store(self.alert)
        with trap_jobs() as trap, patch.object(type(self.inbox), "BATCH_SIZE", 1):
            self.inbox._drain(self.connection, lane)
            trap.assert_jobs_count(1, only=self.inbox._drain)

    def test_two_wake_ups_make_one_job(self):
        jobs = self.env["queue.job"].search_count([])
        self.inbox._wake(self.connection)
        self.inbox._wake(self.connection)
        self.assertEqual(self.env["queue.job"].search_count([]), jobs + 1)

    def test_wake_up_waits_for_the_commit(self):
        with trap_jobs() as trap, patch.object(self.env.cr, "postcommit", Callbacks()) as after_commit:
            self.inbox._wake_after_commit(self.connection)
            trap.assert_jobs_count(0)
            self.assertEqual(len(after_commit._funcs), 1)

    def test_second_job_for_a_connection_comes_back_later(self):
        self.store(self.registered)
        with patch.object(PsaHubConnection, "_try_lock_lanes", lambda connection, lanes: False):
            with self.assertRaises(RetryableJobError):
                self._drain()
            self.inbox._cron_drain()

    def test_cron_works_what_no_job_did(self):
        message = self.store(self.registered)
        self.env["psa.hub.inbox"].with_user(self.integration_user)._cron_drain()
        self.assertEqual(message.state, "done")

    def test_unexpected_error_is_kept_and_tried_again_later(self):
        message = self.store(self.registered)
        with self._break_intake():
            self._drain()
        self.assertRecordValues(message, [{"state": "received", "asset_id": False}])
        self.assertRecordValues(
            message.attempt_ids,
            [{"result": "error", "error_class": "unexpected", "error_type": "ValueError", "detail": "boom"}],
        )
        self.assertEqual(self._drain(), 0)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=6)):
            self.assertEqual(self._drain(), 1)
        self.assertEqual(message.state, "done")
        self.assertFalse(message.retry_at)

    def test_effects_before_an_error_are_undone(self):
        handle = monitoring_events.handle

        def handle_and_fail(*args):
            handle(*args)
            raise ValueError("after the effect")

        message = self.store(self.registered)
        with patch.object(monitoring_events, "handle", handle_and_fail):
            self._drain()
        self.assertEqual(len(message.attempt_ids), 1)
        self.assertFalse(self.env["psa.asset"].search([("pulseway_id", "=", self.registered["SystemIdentifier"])]))

    def test_error_of_one_message_does_not_hold_up_the_next(self):
        broken = self.store({**self.registered, "Name": "BROKEN", "SystemIdentifier": "another device"})
        whole = self.store(self.registered)
        handle = monitoring_events.handle

        def handle_whole(connection, event, *args):
            if event.name == "BROKEN":
                raise ValueError("boom")
            return handle(connection, event, *args)

        with patch.object(monitoring_events, "handle", handle_whole):
            self._drain()
        self.assertEqual((broken | whole).mapped("state"), ["received", "done"])

    def test_fifth_error_makes_a_dead_letter(self):
        message = self.store(self.registered)
        now = fields.Datetime.now()
        with self._break_intake():
            for tries in range(5):
                with freeze_time(now + timedelta(hours=3 * tries)):
                    self.assertEqual(self._drain(), 1)
        self.assertEqual(message.state, "dead")
        self.assertRegex(message.reason, "unexpected error, 5 times: boom")
        self.assertEqual(len(message.attempt_ids), 5)

    def test_replay_after_mending_works_the_same_payload(self):
        message = self.work({**self.registered, "Group": "Contoso"})
        self.assertEqual(message.state, "dead")
        raw = message.raw
        self.client.rmm_group = "Contoso"
        message.with_user(self.dispatcher).action_replay()
        self.assertEqual(message.state, "done", message.reason)
        self.assertFalse(message.reason)
        self.assertEqual(message.raw, raw)
        self.assertEqual(message.attempt_ids.mapped("result"), ["done", "dead"])
        self.assertEqual(message.attempt_ids[0].user_id, self.dispatcher)
        self.assertEqual(message.asset_id.create_uid, self.integration_user)

    def test_replay_that_fails_again_says_so(self):
        message = self.work({**self.registered, "Group": "Contoso"})
        action = message.with_user(self.administrator).action_replay()
        self.assertEqual(message.state, "dead")
        self.assertEqual(action["params"]["type"], "warning")

    def test_replay_of_a_worked_message_is_refused(self):
        message = self.work(self.registered)
        with self.assertRaises(UserError):
            message.with_user(self.dispatcher).action_replay()

    def test_technician_sees_and_replays_nothing(self):
        message = self.work({**self.registered, "Group": "Contoso"}).with_user(self.technician)
        with self.assertRaises(AccessError):
            message.action_replay()
        with self.assertRaises(AccessError):
            message.read(["raw"])

    def test_nobody_changes_or_deletes_messages_and_attempts(self):
        message = self.work(self.registered)
        for records in (message, message.attempt_ids):
            with self.assertRaises(UserError):
                records.with_user(self.administrator).write({"create_date": fields.Datetime.now()})
            with self.assertRaises(UserError):
                records.sudo().write({"create_date": fields.Datetime.now()})
            with self.assertRaises(UserError):
                records.sudo().unlink()
        with self.assertRaises(UserError):
            message.sudo().write({"raw": "{}"})
        with self.assertRaises(UserError):
            message.sudo().write({"state": "received"})

    def test_nobody_adds_messages_by_hand(self):
        with self.assertRaises(AccessError):
            self.env["psa.hub.inbox"].with_user(self.administrator).create(
                {"connection_id": self.connection.id, "dedupe_key": "x", "raw": "{}"}
            )

    def test_state_changes_only_from_where_it_may(self):
        message = self.work(self.registered)
        with self.assertRaises(UserError):
            message._update_state(("received",), "dead")

    def test_message_of_another_company_is_worked_in_its_company(self):
        company = self.env["res.company"].create({"name": "Stratum NZ"})
        team = self.env["helpdesk.ticket.team"].create({"name": "NZ", "company_id": company.id})
        self.connection.write({"company_id": company.id, "team_id": team.id})
        message = self.work(self.registered)
        self.assertEqual(message.state, "done", message.reason)
        self.assertEqual(message.asset_id.company_id, company)
        with self.assertRaises(AccessError):
            message.with_user(self.dispatcher).read(["raw"])


@tagged("post_install", "-at_install")
class TestHubConnection(HubMixin, TransactionCase):
    """Who may set up a connection, and how its secret is kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")

    def test_administrator_sets_up_a_connection(self):
        connection = self.env["psa.hub.connection"].with_user(self.administrator)
        connection = connection.create({"name": "Second", "team_id": self.team.id})
        action = connection.action_new_signing_secret()
        self.assertRegex(action["context"]["default_secret"], "^whsec_")
        self.assertTrue(connection.secret_created_at)
        self.assertEqual(connection._get_live_secrets(), [action["context"]["default_secret"]])

    def test_dispatcher_reads_but_changes_nothing(self):
        connection = self.connection.with_user(self.dispatcher)
        self.assertTrue(connection.url)
        with self.assertRaises(AccessError):
            connection.name = "Mine"
        with self.assertRaises(AccessError):
            connection.action_new_signing_secret()
        with self.assertRaises(AccessError):
            connection.action_revoke_previous_secret()

    def test_secret_is_in_the_database_in_no_readable_form(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM psa_hub_connection WHERE id = %s", [self.connection.id])
        row = " ".join(map(str, self.env.cr.fetchone()))
        self.assertNotIn(self.secret.removeprefix("whsec_"), row)

    def test_administrator_cannot_read_the_sealed_secret(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.administrator).read(["secret_sealed"])

    def test_third_secret_ends_the_first(self):
        second, third = self.connection._rotate_secret(), self.connection._rotate_secret()
        self.assertEqual(self.connection._get_live_secrets(), [third, second])

    def test_copy_has_its_own_address_and_no_secret(self):
        copy = self.connection.copy()
        self.assertNotEqual(copy.token, self.connection.token)
        self.assertFalse(copy._get_live_secrets())

    def test_revealed_secret_is_on_the_screen_but_in_no_column(self):
        wizard = self.env["psa.secret.reveal"]
        self.assertEqual(wizard.with_context(default_secret="whsec_x").default_get(["secret"])["secret"], "whsec_x")
        self.env.cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [wizard._table])
        self.assertNotIn("secret", [name for (name,) in self.env.cr.fetchall()])

    def test_last_message_and_dead_letters_are_counted(self):
        message = self.work({**read_payload("generic", "registered"), "Group": "Contoso"})
        self.connection.invalidate_recordset()
        self.assertRecordValues(self.connection, [{"dead_count": 1, "last_message_at": message.received_at}])
