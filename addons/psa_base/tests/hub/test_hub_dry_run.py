from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ...services.monitoring import events as monitoring_events
from ...tools.own_transaction import execute_apart
from ..common import trap_jobs
from .common import DeadLetterCase


@tagged("post_install", "-at_install")
class TestDeadLetterDryRun(DeadLetterCase):
    """A dry run shows what a replay would do, and changes nothing."""

    def dry_run(self, message):
        action = message.action_dry_run()
        return self.env[action["res_model"]].with_user(self.dispatcher).browse(action["res_id"])

    def test_new_asset_is_told_and_not_kept(self):
        message = self.make_dead()
        self.client.rmm_group = "Contoso"
        with trap_jobs() as trap:
            answer = self.dry_run(message)
            trap.assert_jobs_count(0)
        self.assertEqual(answer.outcome, "done", answer.summary)
        self.assertIn("PC-0", answer.summary)
        self.assertIn(
            ("PC-0", ""),
            [(line.after, line.before or "") for line in answer.line_ids if line.is_new],
        )
        self.assertEqual(message.state, "dead")
        self.assertEqual(len(message.attempt_ids), 1)
        self.assertFalse(self.env["psa.asset"].search([("pulseway_id", "=", "Contoso-0")]))

    def test_changed_asset_is_told_before_and_after(self):
        self.client.rmm_group = "Contoso"
        known = self.work({**self.registered, "Group": "Contoso", "SystemIdentifier": "Contoso-0", "OS": "Windows 10"})
        self.assertEqual(known.state, "done", known.reason)
        asset = known.asset_id
        self.client.rmm_group = False
        message = self.make_dead()
        self.client.rmm_group = "Contoso"
        answer = self.dry_run(message)
        line = answer.line_ids.filtered(lambda line: line.before == "Windows 10")
        self.assertRecordValues(line, [{"is_new": False, "after": self.registered["OS"]}])
        self.assertEqual(asset.os_info, "Windows 10")

    def test_new_ticket_is_told_in_plain_words(self):
        message = self.store(self.alert)
        message._work()
        self.assertEqual(message.state, "dead")
        self.client.rmm_group = "Contoso"
        self.work({**self.registered, "Group": "Contoso", "SystemIdentifier": self.alert["SystemIdentifier"]})
        answer = self.dry_run(message.with_user(self.dispatcher))
        self.assertEqual(answer.outcome, "done", answer.summary)
        told = answer.line_ids.filtered(lambda line: self.alert["Message"] in (line.after or ""))
        self.assertTrue(told, answer.line_ids.mapped("after"))
        self.assertFalse([line.after for line in answer.line_ids if "</" in (line.after or "")])

    def test_letter_that_would_die_again_says_why(self):
        answer = self.dry_run(self.make_dead())
        self.assertEqual(answer.outcome, "dead")
        self.assertIn("Contoso", answer.summary)
        self.assertFalse(answer.line_ids)

    def test_unexpected_error_is_an_answer(self):
        message = self.make_dead()
        with (
            patch.object(monitoring_events, "handle", side_effect=AttributeError("no such thing")),
            self.assertLogs("odoo.addons.psa_base.models.hub.psa_hub_message_mixin_settle", "ERROR"),
        ):
            answer = self.dry_run(message)
        self.assertEqual(answer.outcome, "error")
        self.assertIn("no such thing", answer.summary)
        self.assertEqual(message.state, "dead")

    def test_error_of_the_database_is_an_answer(self):
        message = self.make_dead()

        def handle(connection, event, received_at, message=None):
            connection.env.cr.execute("SELECT 1 / 0", log_exceptions=False)

        with (
            patch.object(monitoring_events, "handle", handle),
            self.assertLogs("odoo.addons.psa_base.models.hub.psa_hub_message_mixin_settle", "ERROR"),
        ):
            self.assertEqual(self.dry_run(message).outcome, "error")

    def test_work_that_was_disturbed_is_for_the_server_to_start_again(self):
        message = self.make_dead()
        with (
            patch.object(monitoring_events, "handle", side_effect=SerializationFailure),
            self.assertRaises(SerializationFailure),
        ):
            message.action_dry_run()

    def test_what_follows_a_commit_never_happens(self):
        message = self.make_dead()
        told = []

        def handle(connection, event, received_at, message=None):
            connection.env.cr.postcommit.add(lambda: told.append("after"))
            connection.env.cr.precommit.add(lambda: told.append("before"))
            return {}

        with patch.object(monitoring_events, "handle", handle):
            self.dry_run(message)
        self.env.cr.precommit.run()
        self.env.cr.postcommit.run()
        self.assertEqual(told, [])

    def test_work_apart_is_taken_back_too(self):
        message = self.make_dead()

        def handle(connection, event, received_at, message=None):
            query = SQL("UPDATE psa_hub_connection SET rejected_count = 99 WHERE id = %s", connection.id)
            execute_apart(connection.env, query)
            return {}

        with patch.object(monitoring_events, "handle", handle):
            self.dry_run(message)
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.rejected_count, 0)

    def test_replay_from_the_answer_does_it(self):
        message = self.make_dead()
        self.client.rmm_group = "Contoso"
        self.dry_run(message).action_replay()
        self.assertEqual(message.state, "done", message.reason)

    def test_worked_message_cannot_be_tried(self):
        message = self.make_dead()
        self.client.rmm_group = "Contoso"
        message.action_replay()
        with self.assertRaisesRegex(UserError, "nothing to try"):
            message.action_dry_run()
