import json
from unittest.mock import patch

from psycopg2 import errors

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError

from ...services.monitoring import events as monitoring_events
from ..common import read_payload, trap_jobs

# With so many devices at least two lanes have some, whatever the ID of the connection.
DEVICES = [f"at-once-{number}" for number in range(12)]


@tagged("post_install", "-at_install")
class TestHubLanesAtOnce(TransactionCase):
    """Two workers at once, in transactions of their own on rows that the test commits and takes away again."""

    def setUp(self):
        super().setUp()
        self.first, self.second = self.open(), self.open()
        self.addCleanup(self.take_away)
        team = self.first["helpdesk.ticket.team"].create({"name": "At once"})
        connection = self.first["psa.hub.connection"].create({"name": "At once", "team_id": team.id})
        self.team_id, self.connection_id = team.id, connection.id
        payload = read_payload("generic", "registered")
        for device in DEVICES:
            for turn in (1, 2):
                raw = json.dumps({**payload, "SystemIdentifier": device, "Name": f"{device} {turn}"})
                self.first["psa.hub.inbox"]._store(connection, f"{device}-{turn}", "", raw, {}, device_key=device)
        self.first.flush_all()
        self.first.cr.commit()
        self.worked = []
        self.startPatcher(patch.object(monitoring_events, "handle", self.handle))
        jobs = trap_jobs()
        jobs.__enter__()
        self.addCleanup(jobs.__exit__, None, None, None)

    def open(self):
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})

    def take_away(self):
        for worker in (self.first, self.second):
            worker.cr.rollback()  # A test that failed may still hold locks on these rows.
        env = self.open()
        env.cr.execute(
            """
            DELETE FROM psa_hub_attempt USING psa_hub_inbox AS message
            WHERE message.id = inbox_id AND message.connection_id = %(id)s;
            DELETE FROM psa_hub_inbox WHERE connection_id = %(id)s;
            """,
            {"id": self.connection_id},
        )
        env["psa.hub.connection"].browse(self.connection_id).unlink()
        env["helpdesk.ticket.team"].browse(self.team_id).unlink()
        env.cr.commit()

    def handle(self, connection, event, received_at, message=None):
        self.worked.append(event.name)
        return {}

    def drain(self, env, lane):
        worked = env["psa.hub.inbox"]._drain(env["psa.hub.connection"].browse(self.connection_id), lane)
        env.flush_all()
        return worked

    def get_lanes(self):
        env = self.open()
        env.cr.execute("SELECT DISTINCT lane FROM psa_hub_inbox WHERE connection_id = %s", (self.connection_id,))
        return [lane for (lane,) in env.cr.fetchall()]

    def assert_each_worked_once_in_order(self):
        env = self.open()
        messages = env["psa.hub.inbox"].search([("connection_id", "=", self.connection_id)])
        self.assertEqual(set(messages.mapped("state")), {"done"})
        self.assertEqual([len(message.attempt_ids) for message in messages], [1] * len(messages))
        for device in DEVICES:
            turns = [name for name in self.worked if name.startswith(f"{device} ")]
            self.assertEqual(turns, sorted(turns))

    def test_two_lanes_are_worked_at_the_same_time(self):
        lanes = self.get_lanes()
        for lane in lanes:
            env = (self.first, self.second)[lane % 2]
            self.assertTrue(self.drain(env, lane))
        self.first.cr.commit()
        self.second.cr.commit()
        self.assertEqual(len(self.worked), 2 * len(DEVICES))
        self.assert_each_worked_once_in_order()

    def test_lane_that_one_worker_holds_is_left_to_it(self):
        for lane in self.get_lanes():
            self.drain(self.first, lane)
            with self.assertRaises(RetryableJobError):
                self.drain(self.second, lane)
        self.second.cr.rollback()
        self.first.cr.commit()
        self.assert_each_worked_once_in_order()

    @mute_logger("odoo.sql_db")
    def test_worker_with_an_old_snapshot_starts_again_and_finds_nothing(self):
        lane = self.get_lanes()[0]
        self.second.cr.execute("SELECT 1")
        self.drain(self.first, lane)
        self.first.cr.commit()
        with self.assertRaises(errors.SerializationFailure):
            self.drain(self.second, lane)
        self.second.cr.rollback()
        self.assertEqual(self.drain(self.second, lane), 0)

    def test_worker_that_dies_at_any_point_leaves_all_to_the_next(self):
        inbox = type(self.first["psa.hub.inbox"])
        lane = self.get_lanes()[0]
        for method in ("_finish_unchanged", "_apply", "_update_state", "_wake_lane"):
            with (
                self.subTest(method),
                patch.object(inbox, "BATCH_SIZE", 2),
                patch.object(
                    inbox, method, side_effect=KeyboardInterrupt
                ),  # Like a kill: no `except Exception` catches it.
            ):
                with self.assertRaises(KeyboardInterrupt):
                    self.drain(self.first, lane)
                self.first.cr.rollback()
                self.first.invalidate_all()
        self.worked.clear()
        for lane in self.get_lanes():
            self.drain(self.second, lane)
        self.second.cr.commit()
        self.assert_each_worked_once_in_order()

    def test_message_whose_row_somebody_holds_holds_back_its_device(self):
        self.first.cr.execute(
            "SELECT lane FROM psa_hub_inbox WHERE connection_id = %s AND dedupe_key = %s FOR UPDATE",
            (self.connection_id, f"{DEVICES[0]}-1"),
        )
        [lane] = self.first.cr.fetchone()
        self.drain(self.second, lane)
        self.assertFalse([name for name in self.worked if name.startswith(f"{DEVICES[0]} ")])
        self.second.cr.commit()
        self.first.cr.rollback()
        for lane in self.get_lanes():
            self.drain(self.second, lane)
        self.second.cr.commit()
        self.assert_each_worked_once_in_order()
