from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...exceptions import DeadLetter
from ...models.hub.psa_hub_message_mixin_settle import PsaHubMessageMixin
from ...models.hub.psa_hub_replay import PsaHubReplay
from ...services.monitoring import events as monitoring_events
from ..common import trap_jobs
from ..queries import count_queries
from .common import DeadLetterCase


@tagged("post_install", "-at_install")
class TestDeadLetter(DeadLetterCase):
    """One list of all dead letters, and what a person does about them."""

    def test_dead_message_is_listed_with_reason_owner_and_mend(self):
        message = self.make_dead()
        letter = self.letters_of(message)
        self.assertRecordValues(
            letter,
            [
                {
                    "direction": "in",
                    "connection_id": self.connection.id,
                    "owner_id": self.connection.owner_id.id,
                    "reason": message.reason,
                    "error_class": "needs_person",
                    "mend_label": "Say whose messages these are",
                    "age": "0 min",
                }
            ],
        )
        self.assertEqual(letter.attempt_ids, message.attempt_ids)
        self.assertIn("Contoso", letter.payload)

    def test_worked_message_is_not_listed(self):
        message = self.make_dead()
        self.client.rmm_group = "Contoso"
        self.letters_of(message).action_replay()
        self.assertEqual(message.state, "done", message.reason)
        self.assertFalse(
            self.env["psa.hub.dead.letter"].search([("connection_id", "=", self.connection.id)]),
        )

    def test_technician_cannot_see_the_list(self):
        with self.assertRaises(AccessError):
            self.letters_of(self.make_dead(), self.technician).read(["reason"])

    def test_letter_of_another_company_is_hidden(self):
        company = self.env["res.company"].create({"name": "Stratum NZ"})
        message = self.make_dead()
        team = self.env["helpdesk.ticket.team"].create({"name": "NZ", "company_id": company.id})
        self.connection.write({"company_id": company.id, "team_id": team.id})
        letter = self.letters_of(message)
        self.assertFalse(letter.search([("connection_id", "=", self.connection.id)]))
        with self.assertRaises(AccessError):
            letter.action_replay()

    def test_letters_are_grouped_by_owner_in_the_database(self):
        self.make_dead(3)
        letters = self.env["psa.hub.dead.letter"].with_user(self.dispatcher)
        domain = [("connection_id", "=", self.connection.id)]
        self.assertEqual(letters._read_group(domain, ["owner_id"], ["__count"]), [(self.connection.owner_id, 3)])

    def test_list_costs_the_same_number_of_queries_however_many_letters(self):
        def count(messages):
            fields = {name: {} for name in ("age", "what", "reason", "error_class", "mend_label")}
            fields |= {name: {"fields": {"display_name": {}}} for name in ("connection_id", "owner_id")}
            domain = [("id", "in", self.letters_of(messages).ids)]
            letters = self.env["psa.hub.dead.letter"].with_user(self.dispatcher)
            return count_queries(self.env, lambda: letters.web_search_read(domain, fields))

        messages = self.make_dead(12)
        outgoing = self.env["psa.hub.outbox"]._put(
            self.connection.copy({"adapter": "webhook"}), "webhook.post", {"a": 1}, "key-1"
        )
        outgoing._update_state(("waiting",), "dead", mend="look_up")
        self.assertEqual(self.letters_of(outgoing).mend_label, "See what may have arrived")
        count(messages)
        self.assertEqual(count(messages), count(messages[:1]))

    def test_letter_without_a_screen_says_so(self):
        with patch.object(monitoring_events, "handle", side_effect=DeadLetter("Ask the vendor.")):
            message = self.store(self.registered)
            message._work()
        self.assertFalse(message.mend_label)
        with self.assertRaisesRegex(UserError, "no screen"):
            message.with_user(self.dispatcher).action_mend()

    def test_every_mend_of_a_received_message_opens_a_screen(self):
        message = self.make_dead()
        values = {"group": "Contoso", "asset_id": self.env["psa.asset"].search([], limit=1).id, "hostname": "PC-0"}
        for mend in message._get_mend_labels():
            message._update_state(("dead",), "dead", mend=mend, mend_values=values)
            action = message.action_mend()
            self.assertEqual(action["type"], "ir.actions.act_window", mend)


@tagged("post_install", "-at_install")
class TestDeadLetterOwner(DeadLetterCase):
    """A dead letter can be given to somebody else to look after."""

    def assign(self, letters, user, by=None):
        action = letters.with_user(by or self.dispatcher).action_assign()
        dialog = self.env[action["res_model"]].with_user(by or self.dispatcher).with_context(**action["context"])
        dialog.create({"user_id": user.id}).action_assign()
        self.env.invalidate_all()

    def test_letter_is_given_to_a_colleague_and_logged(self):
        message = self.make_dead()
        self.assign(self.letters_of(message), self.colleague)
        self.assertEqual(message.owner_id, self.colleague)
        self.assertRecordValues(
            self.letters_of(message), [{"owner_id": self.colleague.id, "assigned_by_id": self.dispatcher.id}]
        )
        entry = self.env["psa.audit.entry"].search([("model", "=", message._name), ("res_id", "=", message.id)])
        self.assertRecordValues(
            entry,
            [{"kind": "dead_letter", "user_id": self.dispatcher.id, "after": self.colleague.name}],
        )

    def test_owner_of_the_connection_owns_what_nobody_was_given(self):
        message = self.make_dead()
        self.connection.owner_id = self.colleague
        self.assertEqual(message.owner_id, self.colleague)
        self.assertIn(message, self.inbox.search([("owner_id", "=", self.colleague.id)]))
        self.assign(self.letters_of(message), self.dispatcher)
        self.assertNotIn(message, self.inbox.search([("owner_id", "=", self.colleague.id)]))
        self.assertIn(message, self.inbox.search([("owner_id", "=", self.dispatcher.id)]))

    def test_letter_cannot_be_given_to_who_cannot_settle_it(self):
        with self.assertRaisesRegex(UserError, "cannot settle"):
            self.assign(self.letters_of(self.make_dead()), self.technician)

    def test_worked_message_keeps_its_owner(self):
        message = self.make_dead()
        letters = self.letters_of(message)
        self.client.rmm_group = "Contoso"
        message.action_replay()
        with self.assertRaisesRegex(UserError, "settled this meanwhile"):
            self.assign(letters, self.colleague)

    def test_nothing_else_about_the_message_can_be_written(self):
        message = self.make_dead()
        with self.assertRaises(UserError):
            message.sudo().write({"assignee_id": self.colleague.id, "raw": "{}"})


@tagged("post_install", "-at_install")
class TestMapClient(DeadLetterCase):
    """The most frequent mend: saying which client a group belongs to."""

    def map(self, message, user=None, **values):
        action = message.with_user(user or self.dispatcher).action_mend()
        dialog = self.env[action["res_model"]].with_user(user or self.dispatcher).with_context(**action["context"])
        dialog = dialog.create(values)
        return dialog, dialog.action_map()

    def test_chosen_client_gets_the_group_and_all_letters_are_replayed(self):
        messages = self.make_dead(3)
        other = self.make_dead(1, group="Fabrikam")
        client = self.env["res.partner"].create({"name": "Contoso Pty Ltd", "is_company": True})
        dialog, _action = self.map(messages[0], partner_id=client.id)
        self.assertEqual(client.rmm_group, "Contoso")
        self.assertEqual(messages.mapped("state"), ["done"] * 3)
        self.assertEqual(messages.asset_id.partner_id, client)
        self.assertEqual(other.state, "dead")
        self.assertEqual(dialog.waiting_count, 0)

    def test_letters_stay_when_only_the_group_is_mapped(self):
        messages = self.make_dead(2)
        dialog, _action = self.map(messages[0], partner_id=self.other_client().id, replays_all=False)
        self.assertEqual(dialog.waiting_count, 2)
        self.assertEqual(set(messages.mapped("state")), {"dead"})

    def test_client_with_another_group_is_refused(self):
        message = self.make_dead()
        with self.assertRaisesRegex(UserError, "Northwind Dental"):
            self.map(message, partner_id=self.client.id)

    def test_administrator_makes_the_client(self):
        message = self.make_dead()
        self.map(message, self.administrator, way="new")
        self.assertEqual(message.state, "done", message.reason)
        self.assertEqual(message.asset_id.partner_id.name, "Contoso")

    def test_dispatcher_may_not_make_clients(self):
        with self.assertRaises(AccessError):
            self.map(self.make_dead(), way="new")

    def test_vendors_organization_is_linked(self):
        message = self.make_dead()
        message._update_state(("dead",), "dead", mend_values={"group": "", "organization_id": "77"})
        client = self.other_client()
        self.map(message, partner_id=client.id, replays_all=False)
        organization = self.env["psa.hub.organization"].search([("external_id", "=", "77")])
        self.assertRecordValues(organization, [{"connection_id": self.connection.id, "partner_id": client.id}])
        self.assertFalse(client.rmm_group)

    def other_client(self):
        return self.env["res.partner"].create({"name": "Contoso Pty Ltd", "is_company": True})


@tagged("post_install", "-at_install")
class TestReplayMany(DeadLetterCase):
    """Many letters are replayed in the background, and the form says how far it is."""

    def start(self, messages, user=None):
        with trap_jobs() as trap:
            action = self.letters_of(messages, user).action_replay()
            trap.assert_jobs_count(1)
        return self.env["psa.hub.replay"].with_user(user or self.dispatcher).browse(action["res_id"])

    def run_jobs(self, replay):
        while replay.state == "running":
            with trap_jobs():
                replay._work_batch(replay.tried_count)

    def test_few_letters_are_replayed_at_once(self):
        messages = self.make_dead(2)
        self.client.rmm_group = "Contoso"
        action = self.letters_of(messages).action_replay()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(messages.mapped("state"), ["done"] * 2)

    def test_many_letters_are_replayed_batch_by_batch(self):
        messages = self.make_dead(5)
        self.client.rmm_group = "Contoso"
        with patch.object(PsaHubMessageMixin, "REPLAY_AT_ONCE", 3), patch.object(PsaHubReplay, "BATCH_SIZE", 2):
            replay = self.start(messages)
            self.assertEqual(replay.progress, 0)
            with trap_jobs() as trap:
                replay._work_batch(0)
                trap.assert_jobs_count(1)
            self.assertEqual((replay.state, replay.progress), ("running", 40))
            self.run_jobs(replay)
        self.assertRecordValues(replay, [{"state": "done", "worked_count": 5, "dead_count": 0, "progress": 100}])
        self.assertEqual(messages.mapped("state"), ["done"] * 5)
        self.assertEqual(messages.attempt_ids.filtered("user_id").user_id, self.dispatcher)

    def test_reasons_of_what_stays_dead_are_counted(self):
        messages = self.make_dead(2) | self.make_dead(3, group="Fabrikam")
        with patch.object(PsaHubMessageMixin, "REPLAY_AT_ONCE", 3), patch.object(PsaHubReplay, "BATCH_SIZE", 2):
            replay = self.start(messages)
            self.run_jobs(replay)
        self.assertEqual((replay.worked_count, replay.dead_count), (0, 5))
        first, second = replay.reasons_text.splitlines()
        self.assertRegex(first, "^3 × .*Fabrikam")
        self.assertRegex(second, "^2 × .*Contoso")
        self.assertEqual(len(self.letters_of(messages).search(replay.action_open_still_dead()["domain"])), 5)

    def test_two_people_replay_the_same_letters_once(self):
        messages = self.make_dead(4)
        self.client.rmm_group = "Contoso"
        with patch.object(PsaHubMessageMixin, "REPLAY_AT_ONCE", 3):
            first, second = self.start(messages), self.start(messages, self.colleague)
            self.run_jobs(first)
            self.run_jobs(second)
        self.assertEqual((first.worked_count, second.worked_count, second.skipped_count), (4, 0, 4))
        self.assertEqual([len(message.attempt_ids) for message in messages], [2] * 4)

    def test_batch_that_comes_twice_is_done_once(self):
        messages = self.make_dead(4)
        with patch.object(PsaHubMessageMixin, "REPLAY_AT_ONCE", 3), patch.object(PsaHubReplay, "BATCH_SIZE", 2):
            replay = self.start(messages)
            with trap_jobs():
                replay._work_batch(0)
                replay._work_batch(0)
        self.assertEqual((replay.tried_count, replay.dead_count), (2, 2))
