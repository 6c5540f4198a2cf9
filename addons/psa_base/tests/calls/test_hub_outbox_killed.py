import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged

from odoo.addons.queue_job.exception import RetryableJobError

from ...adapters.pulseway import CREATE_ORGANIZATION, PulsewayAdapter
from ...models.calls import psa_hub_outbox_sending
from ...models.hub import psa_hub_message_mixin
from ...tools import own_transaction
from ..vendor_simulator import VendorSimulator
from .common import connect_pulseway, create_blindly

# A sender is killed before each line of these modules.
WATCHED = frozenset(module.__file__ for module in (psa_hub_outbox_sending, psa_hub_message_mixin, own_transaction))


class Killed(BaseException):
    """Like a kill: no `except Exception` catches it."""


@tagged("post_install", "-at_install", "heavy")
class TestHubOutboxKilled(TransactionCase):
    """Senders with sessions of their own. One is killed before each line that a sender runs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(patch.object(PulsewayAdapter, "send", create_blindly))

    def setUp(self):
        super().setUp()
        # Odoo's own runner holds the lock, which threads of a test would wait for until its end.
        self.startPatcher(patch.object(Registry, "_lock", DummyRLock()))
        self.simulator = self.enterContext(VendorSimulator())
        self.addCleanup(self.take_away)
        with self.session() as env:
            team = env["helpdesk.ticket.team"].create({"name": "Killed"})
            connection = connect_pulseway(self.simulator, team, "Killed")
            self.team_id, self.connection_id = team.id, connection.id

    @contextmanager
    def session(self, uid=SUPERUSER_ID):
        """A database session of its own, which commits at its end."""
        with db_connect(self.env.cr.dbname).cursor() as cr:
            env = api.Environment(cr, uid, {"tracking_disable": True})
            yield env
            env.flush_all()

    def take_away(self):
        with self.session() as env:
            env.cr.execute(
                """
                DELETE FROM psa_hub_attempt
                WHERE outbox_id IN (SELECT id FROM psa_hub_outbox WHERE connection_id = %(connection)s);
                DELETE FROM psa_hub_outbox WHERE connection_id = %(connection)s
                """,
                {"connection": self.connection_id},
            )
            env["psa.hub.connection"].browse(self.connection_id).unlink()
            env["helpdesk.ticket.team"].browse(self.team_id).unlink()

    def put(self, name):
        no_job = patch.object(type(self.env["psa.hub.outbox"]), "_wake", lambda outbox, connection: None)
        with no_job, self.session() as env:
            connection = env["psa.hub.connection"].browse(self.connection_id)
            return env["psa.hub.outbox"]._put(connection, CREATE_ORGANIZATION, {"name": name}, name).id

    def send(self):
        """What a job does."""
        with self.session(self.env.ref("psa_base.user_integration").id) as env:
            env["psa.hub.outbox"]._send_due(env["psa.hub.connection"].browse(self.connection_id))

    def send_killed(self, place=None):
        """Send, but die before the line `place`: the sessions end without a commit. Returns the lines that ran."""
        seen = []

        def trace(frame, event, _arg):
            if frame.f_code.co_filename not in WATCHED:
                return None
            if event == "line":
                here = f"{Path(frame.f_code.co_filename).stem}:{frame.f_lineno}"
                if here == place:
                    raise Killed
                if here not in seen:
                    seen.append(here)
            return trace

        sys.settrace(trace)
        try:
            self.send()
        finally:
            sys.settrace(None)
        return seen

    def finish(self, message_id):
        """Send again and again until the message is settled; returns its state and counts."""
        for _each in range(5):
            with self.session() as env:
                message = env["psa.hub.outbox"].browse(message_id)
                if message.state in ("sent", "dead"):
                    return {"state": message.state, "tries": message.tries, "attempts": len(message.attempt_ids)}
                # Let the time pass until the next try, or until the look-up.
                env.cr.execute("UPDATE psa_hub_outbox SET retry_at = NULL WHERE id = %s", [message_id])
            self.send()
        return self.fail("The message is never settled.")

    def test_sender_killed_at_any_line_sends_once(self):
        self.put("Nobody is killed")
        places = self.send_killed()
        self.assertGreater(len(places), 40)
        names = [f"Killed at {place}" for place in places]
        for place, name in zip(places, names, strict=True):
            with self.subTest(killed_before=place):
                message_id = self.put(name)
                with self.assertRaises(Killed):
                    self.send_killed(place)
                result = self.finish(message_id)
                self.assertEqual(result["state"], "sent")
                self.assertEqual(result["attempts"], result["tries"])
        # Each was done once, wherever its sender was killed, and was looked up only when it may have been done.
        self.assertEqual(self.simulator.pulseway.created_names, ["Nobody is killed", *names])
        looks = len(self.simulator.find_calls("GET", "/pulseway/v3/organizations"))
        self.assertTrue(0 < looks < len(places), looks)

    def test_two_callers_at_once_keep_the_rate(self):
        def call():
            with self.session() as env:
                connection = env["psa.hub.connection"].browse(self.connection_id)
                with connection._calling() as client:
                    for _each in range(4):
                        client.request("GET", "organizations")

        with self.session() as env:
            env["psa.hub.connection"].browse(self.connection_id).call_interval = 0.15
        self.simulator.forget_calls()
        with ThreadPoolExecutor(2) as callers:
            for done in [callers.submit(call) for _each in range(2)]:
                done.result()
        times = sorted(each.monotonic_at for each in self.simulator.find_calls("GET"))
        self.assertEqual(len(times), 8)
        # The times are those of arrival, which differ a little from those of sending.
        self.assertGreater(min(later - earlier for earlier, later in pairwise(times)), 0.1)

    def test_second_sender_leaves_the_line_to_the_first(self):
        self.put("Two senders")
        with self.session() as env:
            env.cr.execute("SELECT pg_advisory_xact_lock(hashtext('psa.hub.outbox'), %s)", [self.connection_id])
            with self.assertRaises(RetryableJobError):
                self.send()
        self.send()
        self.assertEqual(self.simulator.pulseway.created_names[-1:], ["Two senders"])

    def test_message_of_a_transaction_that_is_rolled_back_is_not_sent(self):
        with self.assertRaises(ZeroDivisionError), self.session() as env:
            connection = env["psa.hub.connection"].browse(self.connection_id)
            env["psa.hub.outbox"]._put(connection, CREATE_ORGANIZATION, {"name": "Undone"}, "Undone")
            raise ZeroDivisionError
        self.send()
        self.assertNotIn("Undone", self.simulator.pulseway.created_names)
