"""Goal 3: events that change nothing, drained from the inbox, and the same number of jobs that do nothing.

The server's own runner of jobs works both, with four jobs at a time: the inbox has four lanes.
"""

import json
import time

from bench_server import serve

DEVICES = 500
PATIENCE = 300


class Inbox:
    """Devices that are known, and what each of them says again."""

    def __init__(self, env):
        self.env = env
        team = env["helpdesk.ticket.team"].create({"name": "Bench"})
        self.connection = env["psa.hub.connection"].create({"name": "Bench", "team_id": team.id})
        env["res.partner"].create({"name": "Bench client", "is_company": True, "rmm_group": "Bench"})
        self.user = env.ref("psa_base.user_integration")
        self.round = 0
        self._store()
        inbox = env["psa.hub.inbox"].with_user(self.user)
        while inbox._drain(self.connection.with_user(self.user)):
            env.cr.commit()
        env.cr.execute("DELETE FROM queue_job")
        env.cr.commit()
        self._check_states()

    def _store(self):
        """One message of each device, past the door, for nobody to work yet."""
        self.round += 1
        inbox = self.env["psa.hub.inbox"].with_user(self.user)
        for number in range(DEVICES):
            payload = {
                "EventType": "SystemRegistered",
                "SystemIdentifier": f"bench-{number}",
                "Name": f"BENCH-{number}",
                "OS": "Windows Server 2022",
                "Group": "Bench",
                "CustomFields": {"Serial": f"BENCH{number}"},
            }
            inbox._store(
                self.connection,
                f"{self.round}-{number}",
                "SystemRegistered",
                json.dumps(payload),
                {},
                device_key=f"bench-{number}",
            )

    def prepare_events(self):
        self._store()
        self.env.cr.commit()

    def start_events(self):
        self.env["psa.hub.inbox"].with_user(self.user)._wake(self.connection.with_user(self.user))
        self.env.cr.commit()
        self._wait("SELECT count(*) FROM psa_hub_inbox WHERE state = 'received'")

    def prepare_jobs(self):
        """All jobs, hidden from the runner until they are started together."""
        jobs = self.env["queue.job"]
        for _job in range(DEVICES):
            jobs.with_delay()._test_job()
        self.env.flush_all()
        self.env.cr.execute("UPDATE queue_job SET state = 'wait_dependencies' WHERE state = 'pending'")
        self.env.cr.commit()

    def start_jobs(self):
        self.env.cr.execute("UPDATE queue_job SET state = 'pending' WHERE state = 'wait_dependencies'")
        self.env.cr.commit()
        self._wait("SELECT count(*) FROM queue_job WHERE state != 'done'")

    def _wait(self, count):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with self.env.registry.cursor() as cr:
                cr.execute(count)
                if not cr.fetchone()[0]:
                    return
            time.sleep(0.01)
        raise AssertionError(f"Not through after {PATIENCE} s: {count}")

    def tidy(self):
        """Between rounds: no job left, and the statistics of the tables fresh."""
        self._wait("SELECT count(*) FROM queue_job WHERE state NOT IN ('done', 'failed', 'cancelled')")
        self.env.cr.execute("DELETE FROM queue_job")
        self.env.cr.commit()
        self._check_states()

    def _check_states(self):
        """Events that were dead letters, or that changed something, would be another benchmark."""
        self.env.cr.execute("SELECT DISTINCT state FROM psa_hub_inbox WHERE connection_id = %s", [self.connection.id])
        if (states := self.env.cr.fetchall()) != [("done",)]:
            raise AssertionError(f"Messages are {states}")
        self.env.cr.execute("SELECT count(*) FROM queue_job WHERE state = 'failed'")
        if failed := self.env.cr.fetchone()[0]:
            raise AssertionError(f"{failed} jobs failed")
        self.env.cr.commit()


def run(bench):
    inbox = Inbox(bench.env)
    sides = {"events": (inbox.prepare_events, inbox.start_events), "jobs": (inbox.prepare_jobs, inbox.start_jobs)}
    samples = {name: [] for name in sides}
    with serve(bench.env, with_jobs=True):
        for number in range(bench.warm_ups + bench.rounds):
            bench.say(f"round {number + 1}/{bench.warm_ups + bench.rounds}")
            for name in sorted(sides, reverse=bool(number % 2)):
                prepare, start = sides[name]
                prepare()
                started = time.perf_counter()
                start()
                wall = (time.perf_counter() - started) * 1000 / DEVICES
                inbox.tidy()
                if number >= bench.warm_ups:
                    samples[name].append({"wall": wall})
    bench.record("drain", "an event, not a job", samples["events"], samples["jobs"])
