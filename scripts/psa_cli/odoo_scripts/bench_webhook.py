"""Goal 2: messages to a webhook, against a route that does nothing and against tickets created by XML-RPC.

Several senders at once, enough worker processes to keep the cores busy, a new connection for each request. The targets
are taken in turn.
"""

import hashlib
import hmac
import json
import re
import socket
import statistics
import threading
import time
import uuid
import xmlrpc.client
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

from bench_server import serve

# More than there are cores: a worker waits a moment for its client to hang up, and what is measured is the work.
WORKERS = 6
SENDERS = 8
PASSWORD = "bench bench bench"  # noqa: S105 - of a database that is dropped afterwards
# Requests of one round, by target: so many that one lasts about as long as another.
COUNTS = {"ping": 240, "webhook": 240, "create": 60}
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
        self.user = env["res.users"].create({"name": "Bench technician", "login": "bench", "password": PASSWORD})
        # written past the seam: the field has another name on each series
        groups = next(name for name in ("group_ids", "groups_id") if name in self.user._fields)
        self.user.write({groups: [(4, env.ref("psa_base.group_support").id)]})
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


class Targets:
    """Requests as bytes on the wire: a sender that took as long as the server would hide what that takes."""

    def __init__(self, url, desk):
        self.desk = desk
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port)

    def prepare(self, name):
        """The requests of a round: what is sent, and the status that has to come."""
        return [getattr(self, f"_{name}")(number) for number in range(COUNTS[name])]

    def _ping(self, _number):
        return self._write("GET", "/psa_bench/ping"), 200

    def _webhook(self, number):
        body, headers = self.desk.sign(number)
        return self._write("POST", f"/psa/webhook/{self.desk.connection.token}", body, headers), 202

    def _create(self, _number):
        user = self.desk.user
        values = {"name": "Bench", "description": "Text", "team_id": self.desk.team.id}
        call = (user.env.cr.dbname, user.id, PASSWORD, "helpdesk.ticket", "create", [values])
        body = xmlrpc.client.dumps(call, "execute_kw").encode()
        return self._write("POST", "/xmlrpc/2/object", body, {"Content-Type": "text/xml"}), 200

    def _write(self, method, path, body=b"", headers=()):
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.address[0]}:{self.address[1]}",
            "Connection: close",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in dict(headers).items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def send(self, request):
        raw, expected = request
        with socket.create_connection(self.address, timeout=60) as connection:
            connection.sendall(raw)
            answer = self._read(connection)
        if answer[8:13] != f" {expected} ".encode() or b"<fault>" in answer:
            raise AssertionError(f"{raw[:60]} was answered by {answer[:600]}")

    def _read(self, connection):
        """As long as it says it is. Who waits for the server to hang up waits for werkzeug, which lingers a little."""
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += connection.recv(65536)
        [length] = re.findall(rb"(?i)content-length: (\d+)", answer[:end])
        while len(answer) < end + 4 + int(length):
            answer += connection.recv(65536)
        return answer


def run_round(targets, name):
    """The requests by several senders at once: milliseconds for each on average, and the 95th percentile."""
    requests = targets.prepare(name)
    waiting, durations = iter(requests), []
    lock = threading.Lock()

    def send():
        while True:
            with lock:
                request = next(waiting, None)
            if request is None:
                return
            started = time.perf_counter()
            targets.send(request)
            durations.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        sent = [senders.submit(send) for _sender in range(SENDERS)]
    wall = (time.perf_counter() - started) * 1000
    for each in sent:
        each.result()  # raises what went wrong
    return {"wall": wall / len(requests), "p95": statistics.quantiles(durations, n=20)[-1]}


def run(bench):
    desk = Desk(bench.env)
    samples = {name: [] for name in COUNTS}
    with serve(bench.env, with_jobs=False, workers=WORKERS) as server, jobs_taken(bench.env):
        targets = Targets(server.url, desk)
        for number in range(bench.warm_ups + bench.rounds):
            bench.say(f"round {number + 1}/{bench.warm_ups + bench.rounds}")
            names = list(COUNTS)
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                before = server.read_cpu(bench.meter)
                sample = run_round(targets, name)
                sample["cpu"] = server.subtract_cpu(bench.meter, before) / COUNTS[name]
                if number >= bench.warm_ups:
                    samples[name].append(sample)
    expected = COUNTS["webhook"] * (bench.warm_ups + bench.rounds)
    if desk.count_messages() != expected:
        raise AssertionError(f"{desk.count_messages()} messages are in the inbox, not {expected}")
    bench.record("ping", "against a ping", samples["webhook"], samples["ping"])
    bench.record("create", "against a ticket", samples["webhook"], samples["create"])
