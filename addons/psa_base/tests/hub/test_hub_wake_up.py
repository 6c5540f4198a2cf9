from contextlib import closing
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.sql_db import db_connect
from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools.misc import Callbacks

from ...models.hub import psa_hub_inbox_work
from ...tools.hub.headroom import LIFETIME, SHARE, Headroom
from ...tools.hub.wake_ups import AHEAD, MARGIN, WakeUps, choose_moment
from .common import HubMixin

NOW = datetime(2026, 7, 6, 9, 0, 0, 300_000)


class TestWakeUps(BaseCase):
    """Which jobs a process knows to be planned."""

    def setUp(self):
        super().setUp()
        self.wake_ups = WakeUps()

    def test_moment_is_a_whole_second_ahead(self):
        for milliseconds in (0, 1, 499, 500, 501, 999):
            now = datetime(2026, 7, 6, 9) + timedelta(milliseconds=milliseconds)
            moment = choose_moment(now)
            self.assertFalse(moment.microsecond)
            self.assertGreaterEqual(moment, now + AHEAD)
            self.assertLess(moment, now + AHEAD + timedelta(seconds=1))

    def test_job_counts_until_shortly_before_its_start(self):
        self.wake_ups.remember("lane", NOW)
        self.assertTrue(self.wake_ups.is_planned("lane", NOW - MARGIN * 2))
        self.assertFalse(self.wake_ups.is_planned("lane", NOW - MARGIN))
        self.assertFalse(self.wake_ups.is_planned("lane", NOW + MARGIN))

    def test_job_of_another_connection_does_not_count(self):
        self.wake_ups.remember("lane", NOW)
        self.assertFalse(self.wake_ups.is_planned("other", NOW - MARGIN * 2))

    def test_clock_that_was_set_back_proves_nothing(self):
        self.wake_ups.remember("lane", NOW)
        self.assertFalse(self.wake_ups.is_planned("lane", NOW - timedelta(hours=1)))


class TestHeadroom(BaseCase):
    """How many messages a process lets in without asking."""

    def setUp(self):
        super().setUp()
        self.now = 0
        self.headroom = Headroom(clock=lambda: self.now)

    def test_nothing_is_taken_unasked_at_first(self):
        self.assertFalse(self.headroom.take("a"))

    def test_small_part_of_what_is_left_is_taken(self):
        self.headroom.remember("a", SHARE * 3)
        self.assertEqual([self.headroom.take("a") for _message in range(4)], [True, True, True, False])

    def test_nothing_is_taken_close_to_the_rate(self):
        self.headroom.remember("a", SHARE - 1)
        self.assertFalse(self.headroom.take("a"))

    def test_what_was_seen_is_forgotten(self):
        self.headroom.remember("a", 1000)
        self.now = LIFETIME + 1
        self.assertFalse(self.headroom.take("a"))


@tagged("post_install", "-at_install")
class TestHubWakeUp(HubMixin, TransactionCase):
    """How a job is planned for stored messages."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(psa_hub_inbox_work, "_wake_ups", WakeUps()))
        self.after_commit = self.startPatcher(patch.object(self.env.cr, "postcommit", Callbacks()))

        def follow_up(env, function, _complaint):
            """Run the follow-up in the test's transaction, because the test has no other."""
            return lambda: function(env)

        self.follow_up = self.startPatcher(patch.object(psa_hub_inbox_work, "prepare_follow_up", side_effect=follow_up))

    def _wake(self, at):
        with freeze_time(at):
            self.inbox._wake_after_commit(self.connection)
            self.after_commit.run()  # The plan.
            self.after_commit.run()  # What is remembered once the plan is committed.

    def _get_jobs(self):
        return self.env["queue.job"].search(
            [("identity_key", "=like", f"psa.hub.inbox.start.{self.connection.id}.%")], order="id"
        )

    def test_messages_within_a_moment_share_a_job(self):
        for milliseconds in (0, 100, 400):
            self._wake(NOW + timedelta(milliseconds=milliseconds))
        self.assertEqual(self.follow_up.call_count, 1)
        self.assertRecordValues(self._get_jobs(), [{"state": "pending", "eta": choose_moment(NOW)}])

    def test_message_shortly_before_the_job_starts_plans_the_next_one(self):
        self._wake(NOW)
        late = choose_moment(NOW) - MARGIN
        self._wake(late)
        self._wake(late + MARGIN)
        self.assertEqual(self.follow_up.call_count, 2)
        self.assertEqual(self._get_jobs().mapped("eta"), [choose_moment(NOW), choose_moment(late)])

    def test_jobs_that_do_not_start_do_not_pile_up(self):
        for seconds in range(5):
            self._wake(NOW + timedelta(seconds=seconds))
        self.assertEqual(len(self._get_jobs()), 2, "pending, so they will see all messages")
        # sudo: only the job runner may change the state of a job.
        self._get_jobs().sudo()._write({"state": "started"})
        self._wake(NOW + timedelta(seconds=5))
        self.assertEqual(len(self._get_jobs()), 3, "started, so they may not have seen the last message")

    def test_job_of_another_process_counts_for_when_it_starts(self):
        with freeze_time(NOW):
            self.inbox._wake(self.connection, choose_moment(NOW))
        self._wake(NOW)
        self._wake(NOW + timedelta(milliseconds=300))
        self.assertEqual(self.follow_up.call_count, 1)
        self.assertEqual(len(self._get_jobs()), 1)

    def test_while_another_process_plans_nobody_else_does(self):
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            other.execute("SELECT pg_advisory_xact_lock(hashtext('psa.hub.inbox.plan'), %s)", [self.connection.id])
            self._wake(NOW)
            self._wake(NOW + timedelta(milliseconds=50))
            self.assertFalse(self._get_jobs())
        self.assertEqual(self.follow_up.call_count, 1, "the one that plans is not disturbed by each message")
        self._wake(NOW + timedelta(milliseconds=150))
        self.assertEqual(len(self._get_jobs()), 1)

    def test_plan_that_fails_does_not_count(self):
        with patch.object(type(self.inbox), "_wake", side_effect=ValueError("no job")), self.assertRaises(ValueError):
            self._wake(NOW)
        self._wake(NOW + timedelta(milliseconds=10))
        self.assertEqual(len(self._get_jobs()), 1)

    def test_nothing_is_planned_before_the_commit(self):
        self.inbox._wake_after_commit(self.connection)
        self.assertFalse(self._get_jobs())
