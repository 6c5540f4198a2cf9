import sys
from pathlib import Path
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged

from ..adapters.pulseway import CREATE_ORGANIZATION, PulsewayAdapter
from ..adapters.rmm_adapter import Sent
from .vendor_simulator import VendorSimulator

# Before each line of these a sender dies.
WATCHED = ("psa_hub_sending_mixin.py", "psa_hub_result_mixin.py", "own_transaction.py", "psa_hub_message_mixin.py")


class Killed(BaseException):
    """What no `except Exception` catches, as nothing catches a kill."""


def create_blindly(adapter, client, outgoing):
    """An adapter that does not look by itself: what it is asked twice, it does twice."""
    answer = client.request("POST", "organizations", json={"Name": outgoing.payload["name"]})
    return Sent(str(answer.json["Data"]["Id"]))


@tagged("post_install", "-at_install")
class TestHubOutboxKilled(TransactionCase):
    """Senders with sessions of their own, of whom one dies before every line there is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator = cls.enterClassContext(VendorSimulator())
        cls.enterClassContext(patch.object(PulsewayAdapter, "send", create_blindly))

    def setUp(self):
        super().setUp()
        env = self.open()
        team = env["helpdesk.ticket.team"].create({"name": "Killed"})
        connection = env["psa.hub.connection"].create(
            {
                "name": "Killed",
                "adapter": "pulseway",
                "team_id": team.id,
                "base_url": self.simulator.pulseway_url,
                "call_interval": 0,
            }
        )
        dialog = env["psa.hub.credential"].create(
            {"connection_id": connection.id, "kind": "credential", "identifier": "sim-token-id"}
        )
        dialog.secret = "sim-token-secret"  # noqa: S105 - the simulator's
        dialog.action_keep()
        self.connection_id, self.team_id = connection.id, team.id
        env.cr.commit()
        self.addCleanup(self.take_away)

    def open(self, uid=SUPERUSER_ID):
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, uid, {"tracking_disable": True})

    def take_away(self):
        env = self.open()
        outbox = env["psa.hub.outbox"].search([("connection_id", "=", self.connection_id)])
        env.cr.execute("DELETE FROM psa_hub_attempt WHERE outbox_id IN %s", [tuple(outbox.ids) or (0,)])
        env.cr.execute("DELETE FROM psa_hub_outbox WHERE connection_id = %s", [self.connection_id])
        env["psa.hub.connection"].browse(self.connection_id).unlink()
        env["helpdesk.ticket.team"].browse(self.team_id).unlink()
        env.cr.commit()

    def put(self, name):
        env = self.open()
        connection = env["psa.hub.connection"].browse(self.connection_id)
        with patch.object(type(env["psa.hub.outbox"]), "_wake", lambda outbox, connection: None):
            message = env["psa.hub.outbox"]._put(connection, CREATE_ORGANIZATION, {"name": name}, name)
            env.cr.commit()
        return message

    def send(self):
        """What a job does, in a session of its own."""
        with db_connect(self.env.cr.dbname).cursor() as cr:
            env = api.Environment(cr, self.env.ref("psa_base.user_integration").id, {})
            env["psa.hub.outbox"]._send_due(env["psa.hub.connection"].browse(self.connection_id))

    def send_killed(self, place=None):
        """The same, dead before it gets to `place`; returns the lines it ran. Its sessions end as the database ends them."""
        seen = []

        def trace(frame, event, _arg):
            if not frame.f_code.co_filename.endswith(WATCHED):
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

    def finish(self, message):
        """Let time pass and senders come, until the message is settled."""
        for _each in range(100):
            env = self.open()
            row = env["psa.hub.outbox"].browse(message.id)
            if row.state in ("sent", "dead"):
                return row
            # what waits for a later try, or for what may be under way, has waited
            env.cr.execute("UPDATE psa_hub_outbox SET retry_at = NULL WHERE id = %s", [message.id])
            env.cr.commit()
            self.send()
        self.fail("The message is never settled.")

    def test_sender_killed_at_any_line_sends_once(self):
        self.put("Nobody is killed")
        places = self.send_killed()
        self.assertGreater(len(places), 40)
        names = [f"Killed at {place}" for place in places]
        for place, name in zip(places, names, strict=True):
            with self.subTest(killed_before=place):
                message = self.put(name)
                with self.assertRaises(Killed):
                    self.send_killed(place)
                row = self.finish(message)
                self.assertEqual(row.state, "sent")
                self.assertEqual(len(row.attempt_ids), row.tries)
        # What counts: each was done once, whoever was killed when, and looked for only when it may have been done.
        self.assertEqual(self.simulator.pulseway.created_names, ["Nobody is killed", *names])
        looks = len(self.simulator.find_calls("GET", "/pulseway/v3/organizations"))
        self.assertTrue(0 < looks < len(places), looks)
