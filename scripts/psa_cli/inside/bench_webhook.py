"""Goal 2: messages to a webhook, against a route that does nothing and against tickets created by XML-RPC."""

import hashlib
import hmac
import json
import threading
import time
import uuid
from base64 import b64decode, b64encode
from contextlib import contextmanager

from bench_requests import WORKERS, Request, Target, Wire, take_in_turn
from bench_server import serve

PASSWORD = "bench bench bench"  # noqa: S105 - of a database that is dropped afterwards
MESSAGES = 240
PAYLOAD = {
    "EventType": "SystemRegistered",
    "Name": "BENCH-01",
    "OS": "Windows Server 2022",
    "Group": "Bench",
    "CustomFields": {"Serial": "BENCH123"},
}


class Desk:
    """A connection that takes any rate, and a technician whose team has no SLA."""

    def __init__(self, env):
        self.env = env
        role = env.ref("psa_base.group_support")
        self.user = env["res.users"].create(
            {"name": "Bench technician", "login": "bench", "password": PASSWORD, "psa_role_ids": [(6, 0, role.ids)]}
        )
        env["helpdesk.sla"].search([]).active = False
        self.team = env["helpdesk.ticket.team"].create({"name": "Bench", "user_ids": [(6, 0, self.user.ids)]})
        self.connection = env["psa.hub.connection"].create(
            {"name": "Bench", "team_id": self.team.id, "rate_per_minute": 1_000_000}
        )
        self.secret = b64decode(self.connection._rotate_secret().removeprefix("whsec_"))
        env.cr.commit()

    def count_messages(self):
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM psa_hub_inbox WHERE connection_id = %s", [self.connection.id])
            return cr.fetchone()[0]

    def sign(self, number):
        """A delivery that is ready to be sent: the sender's own work is not measured."""
        body = json.dumps({**PAYLOAD, "SystemIdentifier": f"bench-{number}"}).encode()
        message_id, timestamp = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        digest = hmac.new(self.secret, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{b64encode(digest).decode()}",
        }
        return body, headers


@contextmanager
def jobs_taken(env):
    """What the runner of jobs does to the queue, without the work: that is another goal's."""
    over = threading.Event()

    def take():
        while not over.wait(0.2):
            with env.registry.cursor() as cr:
                cr.execute(
                    "UPDATE queue_job SET state = 'done' WHERE state = 'pending' "
                    "AND (eta IS NULL OR eta <= now() AT TIME ZONE 'UTC')"
                )

    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class DeskWire(Wire):
    def __init__(self, url, desk):
        super().__init__(url)
        self.desk = desk

    def webhook(self, number):
        body, headers = self.desk.sign(number)
        return Request(self.write("POST", f"/psa/webhook/{self.desk.connection.token}", body, headers), 202)

    def create(self, _number):
        values = {"name": "Bench", "description": "Text", "team_id": self.desk.team.id}
        return self.xmlrpc(self.desk.user, PASSWORD, "helpdesk.ticket", "create", values)


def run(bench):
    desk = Desk(bench.env)
    with serve(bench.env, with_jobs=False, workers=WORKERS) as server, jobs_taken(bench.env):
        wire = DeskWire(server.url, desk)
        targets = {
            "ping": Target(wire.ping, 240),
            "webhook": Target(wire.webhook, MESSAGES),
            "create": Target(wire.create, 60),
        }
        samples = take_in_turn(bench, server, wire, targets)
    expected = MESSAGES * (bench.warm_ups + bench.rounds)
    if desk.count_messages() != expected:
        raise AssertionError(f"{desk.count_messages()} messages are in the inbox, not {expected}")
    bench.record("ping", "against a ping", samples["webhook"], samples["ping"])
    bench.record("create", "against a ticket", samples["webhook"], samples["create"])
