from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...adapters.facts import Incoming
from ...services.monitoring import events as monitoring_events
from ...tools.hub.lanes import LANES
from ..common import read_payload, trap_jobs
from ..queries import count_queries
from .common import HubMixin

QUIET = mute_logger(
    "odoo.addons.psa_base.models.hub.psa_hub_message_mixin", "odoo.addons.psa_base.models.hub.psa_hub_inbox_work"
)


@tagged("post_install", "-at_install")
class TestHubLanes(HubMixin, TransactionCase):
    """In which order messages are worked, and what one batch costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registered = read_payload("generic", "registered")

    def setUp(self):
        super().setUp()
        self.worked = []
        self.fails = set()

    def _store(self, device, name=None):
        return self.store({**self.registered, "SystemIdentifier": device, "Name": name or device})

    def _handle(self, connection, event, received_at, message=None):
        self.worked.append(event.name)
        if event.name in self.fails:
            raise ValueError("boom")
        return {}

    def _drain(self, lane=None):
        with QUIET, patch.object(monitoring_events, "handle", self._handle):
            return self.inbox._drain(self.connection, lane)

    def test_messages_of_a_device_share_a_lane_and_devices_spread(self):
        messages = self.inbox.browse()
        for number in range(40):
            first, second = self._store(f"device-{number}"), self._store(f"device-{number}")
            self.assertEqual(first.lane, second.lane)
            self.assertEqual(first.device_key, f"device-{number}")
            messages |= first
        self.assertEqual(set(messages.mapped("lane")), set(range(LANES)))

    def test_message_waits_while_an_earlier_one_of_its_device_waits(self):
        self._store("one", "one, first")
        self._store("one", "one, second")
        self._store("two")
        self.fails = {"one, first"}
        self._drain()
        self.assertEqual(self.worked, ["one, first", "two"])
        self.assertEqual(self._drain(), 0)
        self.fails = set()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=6)):
            self._drain()
        self.assertEqual(self.worked, ["one, first", "two", "one, first", "one, second"])

    def test_later_message_does_not_wait_for_a_dead_letter(self):
        dead, alive = self._store("one", "one, first"), self._store("one", "one, second")
        dead._update_state(("received",), "dead")
        self._drain()
        self.assertEqual(self.worked, ["one, second"])
        self.assertEqual(alive.state, "done")

    def test_lane_leaves_the_messages_of_other_lanes(self):
        messages = self.inbox.browse([self._store(f"device-{number}").id for number in range(12)])
        lane = messages[0].lane
        self._drain(lane)
        done = messages.filtered(lambda message: message.state == "done")
        self.assertEqual(done, messages.filtered(lambda message: message.lane == lane))

    def test_start_works_a_single_lane_and_wakes_several(self):
        first = self._store("device-0")
        with trap_jobs() as trap, patch.object(monitoring_events, "handle", self._handle):
            self.assertEqual(self.inbox._start(self.connection), 1)
            trap.assert_jobs_count(0)
            lanes = {self._store(f"device-{number}").lane for number in range(1, 12)}
            self.assertEqual(self.inbox._start(self.connection), 0)
            trap.assert_jobs_count(len(lanes), only=self.inbox._drain)
        self.assertEqual(first.state, "done")
        self.assertEqual(len(self.worked), 1)

    def test_batch_over_its_time_leaves_the_rest_to_the_next(self):
        self._store("device-0", "first")
        self._store("device-0", "second")
        with trap_jobs() as trap, patch.object(type(self.inbox), "BATCH_SECONDS", -1):
            self.assertEqual(self._drain(), 0)
            trap.assert_jobs_count(0)
        with trap_jobs() as trap, patch("odoo.addons.psa_base.models.hub.psa_hub_inbox_work.time") as clock:
            clock.monotonic.side_effect = [0, 0, 0, 21]
            lane = self.inbox.search([("connection_id", "=", self.connection.id)], limit=1).lane
            self.assertEqual(self._drain(lane), 1)
            trap.assert_jobs_count(1, only=self.inbox._drain)
        self.assertEqual(self.worked, ["first"])

    def test_unchanged_messages_are_settled_with_attempts_and_links(self):
        asset = self.work(self.registered).asset_id
        messages = self.inbox.browse([self.store(self.registered).id for _again in range(3)])
        with patch.object(monitoring_events, "handle", side_effect=AssertionError("worked one by one")):
            self.inbox._drain(self.connection)
        self.assertRecordValues(messages, [{"state": "done", "asset_id": asset.id, "reason": False}] * 3)
        self.assertEqual(messages.attempt_ids.mapped("result"), ["done"] * 3)
        self.assertTrue(all(messages.attempt_ids.mapped("node")))

    def test_what_comes_after_a_change_is_no_longer_unchanged(self):
        """The second message equals the asset of now, but after the first message it changes the asset back."""
        asset = self.work(self.registered).asset_id
        with freeze_time(fields.Datetime.now() + timedelta(minutes=1)):
            self.store({**self.registered, "OS": "Windows Server 2025"})
        with freeze_time(fields.Datetime.now() + timedelta(minutes=2)):
            self.store(self.registered)
            self.inbox._drain(self.connection)
        self.assertEqual(asset.os_info, self.registered["OS"])

    def test_batch_of_unchanged_messages_costs_the_same_whatever_its_size(self):
        self.work(self.registered)
        counts = []
        device = self.registered["SystemIdentifier"]
        self.startPatcher(patch.object(type(self.inbox), "BATCH_SIZE", 201))
        for size in (1, 10, 200):  # the first one warms caches
            self.inbox._store_many(
                self.connection,
                [Incoming(f"{size}-{number}", "SystemRegistered", device, self.registered) for number in range(size)],
            )
            counts.append(count_queries(self.env, lambda: self.inbox._drain(self.connection)))
        self.assertEqual(counts[1], counts[2])
        self.assertLess(counts[2], 30)
        self.assertFalse(self.inbox.search([("state", "=", "received"), ("connection_id", "=", self.connection.id)]))

    def test_search_for_unchanged_messages_that_fails_holds_up_nothing(self):
        self._store("one")
        with patch.object(monitoring_events, "find_unchanged", side_effect=ValueError("boom")):
            self._drain()
        self.assertEqual(self.worked, ["one"])

    def test_payload_that_breaks_the_adapter_holds_up_nothing(self):
        broken = self.store({**self.registered, "Name": None})
        self._store("two")
        self._drain()
        self.assertEqual(self.worked, ["two"])
        self.assertRecordValues(broken, [{"state": "dead", "error_class": "payload", "mend": "fix_sender"}])
        self.assertEqual(broken.mend_values, {"field": "Name"})

    def test_messages_of_an_archived_connection_are_worked(self):
        message = self._store("one")
        self.connection.active = False
        with patch.object(monitoring_events, "handle", self._handle):
            self.inbox._cron_drain()
        self.assertEqual(message.state, "done")

    def test_fetched_messages_are_stored_once_and_worked(self):
        incoming = [
            Incoming("a", "SystemRegistered", self.registered["SystemIdentifier"], self.registered),
            Incoming("b", "SystemRegistered", self.registered["SystemIdentifier"], self.registered),
            Incoming("b", "SystemRegistered", self.registered["SystemIdentifier"], self.registered),
        ]
        self.assertEqual(self.inbox._store_many(self.connection, incoming), 2)
        self.assertEqual(self.inbox._store_many(self.connection, incoming), 0)
        self.assertEqual(self.inbox._store_many(self.connection, []), 0)
        messages = self.inbox.search([("connection_id", "=", self.connection.id)])
        self.inbox._drain(self.connection)
        self.assertEqual(messages.mapped("state"), ["done", "done"])
        self.assertEqual(messages.mapped("source"), ["poll", "poll"])

    def test_serialization_failure_is_the_whole_batchs(self):
        """The transaction is stale, so no attempt is written either: the caller starts again."""
        message = self._store("one")
        for failure in (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable):
            with patch.object(monitoring_events, "handle", side_effect=failure), self.assertRaises(failure):
                self.inbox._drain(self.connection)
        self.assertFalse(message.attempt_ids)
        self.assertEqual(message.state, "received")

    def test_serialization_failure_in_the_search_is_the_whole_batchs(self):
        self._store("one")
        with (
            patch.object(monitoring_events, "find_unchanged", side_effect=errors.SerializationFailure),
            self.assertRaises(errors.SerializationFailure),
        ):
            self.inbox._drain(self.connection)

    def test_cron_leaves_a_stale_lane_to_its_next_run(self):
        self._store("one")
        with (
            patch.object(monitoring_events, "handle", side_effect=errors.SerializationFailure),
            patch.object(self.env.cr, "rollback") as rollback,
        ):
            self.inbox._cron_drain()
        rollback.assert_called_with()

    def test_race_for_the_same_record_is_tried_again_soon(self):
        message = self._store("one")
        with QUIET, patch.object(monitoring_events, "handle", side_effect=errors.UniqueViolation("twice")):
            self.inbox._drain(self.connection)
        self.assertRecordValues(message, [{"state": "received", "error_class": "temporary"}])
        self.assertLessEqual(message.retry_at - fields.Datetime.now(), timedelta(seconds=5))

    def test_retry_is_not_edited_by_hand(self):
        with self.assertRaises(UserError):
            self._store("one").sudo().retry_at = False
