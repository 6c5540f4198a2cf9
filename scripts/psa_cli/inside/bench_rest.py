"""Goal 1: tickets by the REST API, against tickets by XML-RPC and against a route that does nothing.

All of it in the same rounds of one server. Then, in a server of one process, requests that never ask for the same
address twice: they may not take more than those for known addresses, nor may the memory of that process grow.
"""

import json
import uuid

from bench_requests import WORKERS, Request, Target, Wire, take, take_in_turn
from bench_server import serve

PASSWORD = "bench bench bench"  # noqa: S105 - of a database that is dropped afterwards
ROOT = "/psa/api/v1"
SINGLES = 60
BATCHES = 3
BATCH = 100
# 15 rounds make 30 blocks of addresses: more than 10,000.
BLOCK = 336
TICKET = {
    "subject": "Label printer prints blank labels",
    "description": "Since this morning, at both counters.",
    "priority": "high",
}
# Hours, so many that no target is missed while this runs.
TARGETS = {("client", "response"): 400, ("client", "resolution"): 800} | {
    ("internal", "response"): 200,
    ("internal", "resolution"): 400,
}


class Desk:
    """A client with a key to a team without SLAs, and one to a team with a lifecycle and both layers of SLAs."""

    def __init__(self, env):
        self.env = env
        role = env.ref("psa_base.group_support")
        self.user = env["res.users"].create(
            {"name": "Bench technician", "login": "bench", "password": PASSWORD, "psa_role_ids": [(6, 0, role.ids)]}
        )
        self.client = env["res.partner"].create({"name": "Bench client", "is_company": True})
        self.plain = self._create_team("plain", use_sla=False)
        self.governed = self._create_governed_team()
        self.plain_key, self.governed_key = (self._create_key(team) for team in (self.plain, self.governed))
        env.cr.commit()

    def _create_team(self, name, **values):
        return self.env["helpdesk.ticket.team"].create(
            {"name": f"Bench {name}", "user_ids": [(6, 0, self.user.ids)], **values}
        )

    def _create_governed_team(self):
        env = self.env
        stages = env["helpdesk.ticket.stage"].create(
            [
                {"name": f"Bench {name}", "code": f"bench_{name}", "sequence": rank, "closed": name == "done"}
                for rank, name in enumerate(("open", "work", "done"))
            ]
        )
        support = env.ref("psa_base.group_support")
        moves = [(stages[0], stages[1]), (stages[1], stages[2])]
        lifecycle = env["psa.lifecycle"].create(
            {
                "name": "Bench",
                "initial_stage_id": stages[0].id,
                "transition_ids": [
                    (0, 0, {"from_stage_id": start.id, "to_stage_id": end.id, "group_ids": [(6, 0, support.ids)]})
                    for start, end in moves
                ],
            }
        )
        team = self._create_team("governed", use_sla=True, lifecycle_id=lifecycle.id)
        rules = env["helpdesk.sla"]
        rules.search([]).active = False
        rules.create(
            [
                {
                    "name": f"Bench {layer} {target}",
                    "layer": layer,
                    "target": target,
                    "hours": hours,
                    "team_ids": [(6, 0, team.ids)],
                    "stage_id": stages[2].id,
                }
                for (layer, target), hours in TARGETS.items()
            ]
        )
        return team

    def _create_key(self, team):
        key = self.env["psa.api.key"].create(
            {
                "name": team.name,
                "partner_id": self.client.id,
                "team_id": team.id,
                "rate_per_minute": 10_000_000,
                "scope_ids": [(6, 0, self.env["psa.api.scope"].search([]).ids)],
            }
        )
        return key._rotate_key()

    def check(self, team, tickets, clocks):
        """What was answered is there, each ticket with its clocks."""
        query = """
            SELECT count(DISTINCT ticket.id), count(clock.id) FROM helpdesk_ticket AS ticket
            LEFT JOIN helpdesk_ticket_sla AS clock ON clock.ticket_id = ticket.id WHERE ticket.team_id = %s
        """
        with self.env.registry.cursor() as cr:
            cr.execute(query, [team.id])
            found = cr.fetchone()
        if found != (tickets, tickets * clocks):
            raise AssertionError(f"{team.name}: {found} tickets and clocks, not {(tickets, tickets * clocks)}")

    def read_numbers(self):
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT number FROM helpdesk_ticket WHERE team_id = %s ORDER BY id", [self.plain.id])
            return [number for (number,) in cr.fetchall()]


class DeskWire(Wire):
    def __init__(self, url, desk):
        super().__init__(url)
        self.desk = desk
        self.replayed = uuid.uuid4().hex

    def xmlrpc_create(self, _number):
        values = {
            "name": TICKET["subject"],
            "description": TICKET["description"],
            "priority": "2",
            "team_id": self.desk.plain.id,
            "partner_id": self.desk.client.id,
        }
        return self.xmlrpc(self.desk.user, PASSWORD, "helpdesk.ticket", "create", values)

    def create(self, _number):
        return self._post(self.desk.plain_key, "/tickets", TICKET)

    def create_governed(self, _number):
        return self._post(self.desk.governed_key, "/tickets", TICKET, holds=b"bench_open")

    def batch(self, _number):
        # that every item was made is counted at the end
        return self._post(self.desk.plain_key, "/tickets/batch", {"items": [TICKET] * BATCH}, status=200)

    def first(self):
        return self._post(self.desk.plain_key, "/tickets", TICKET, idempotency_key=self.replayed)

    def replay(self, _number):
        return self._post(
            self.desk.plain_key,
            "/tickets",
            TICKET,
            idempotency_key=self.replayed,
            holds=b"Idempotency-Replayed: true",
        )

    def read_elsewhere(self, number, numbers):
        """A ticket that is there, one that is not, and a list: no address twice."""
        if number % 3 == 0 and (there := numbers[number // 3 :][:1]):
            return self._get(f"/tickets/{there[0]}", 200)
        if number % 3 == 1:
            return self._get(f"/tickets/BENCH-{number}", 404)
        return self._get(f"/tickets?external_reference=BENCH-{number}", 200)

    def _post(self, key, path, body, status=201, idempotency_key=None, holds=b""):
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key or uuid.uuid4().hex,
        }
        return Request(self.write("POST", ROOT + path, json.dumps(body).encode(), headers), status, holds)

    def _get(self, path, status):
        return Request(
            self.write("GET", ROOT + path, headers={"Authorization": f"Bearer {self.desk.plain_key}"}), status
        )


def run(bench):
    desk = Desk(bench.env)
    with serve(bench.env, with_jobs=False, workers=WORKERS) as server:
        wire = DeskWire(server.url, desk)
        wire.send(wire.first())
        samples = take_in_turn(
            bench,
            server,
            wire,
            {
                "ping": Target(wire.ping, 240),
                "xmlrpc": Target(wire.xmlrpc_create, SINGLES),
                "create": Target(wire.create, SINGLES),
                "governed": Target(wire.create_governed, SINGLES),
                "replay": Target(wire.replay, 240),
                "batch": Target(wire.batch, BATCHES, BATCH),
            },
        )
    rounds = bench.warm_ups + bench.rounds
    desk.check(desk.plain, 1 + rounds * (2 * SINGLES + BATCHES * BATCH), 0)
    desk.check(desk.governed, rounds * SINGLES, len(TARGETS))
    bench.record("create", "create", samples["create"], samples["xmlrpc"])
    bench.record("governed", "create with SLAs", samples["governed"], samples["xmlrpc"])
    bench.record("batch", "in a batch of 100", samples["batch"], samples["create"])
    bench.record("replay", "replay against a ping", samples["replay"], samples["ping"])
    measure_addresses(bench, desk)


def measure_addresses(bench, desk):
    """A server that has answered for thousands of addresses and gets new ones, against one that knows a single block.

    In turn, so that a machine that slows down slows both. Memory is the first server's own: late against early.
    """
    numbers = desk.read_numbers()
    with serve(bench.env, with_jobs=False, workers=0) as server, serve(bench.env, with_jobs=False, workers=0) as peer:
        wire, peer_wire = DeskWire(server.url, desk), DeskWire(peer.url, desk)

        def ask(server, wire, block):
            bench.say(f"addresses, block {block}/{2 * bench.rounds}")
            addresses = range(block * BLOCK, (block + 1) * BLOCK)
            requests = [wire.read_elsewhere(number, numbers) for number in addresses]
            sample = take(bench, server, wire, requests)
            return {**sample, "memory": server.read_memory()}

        # the first block fills what is filled once
        _filled, *early = (ask(server, wire, block) for block in range(1 + bench.rounds))
        ask(peer, peer_wire, 0)
        late, known = [], []
        for block in range(1 + bench.rounds, 1 + 2 * bench.rounds):
            late.append(ask(server, wire, block))
            known.append(ask(peer, peer_wire, 0))
    bench.record("addresses", "new addresses against known", late, known)
    bench.record("memory", "memory over new addresses", late, early)
