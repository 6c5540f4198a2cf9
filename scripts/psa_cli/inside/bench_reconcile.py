"""Goal 7: the poll of a large fleet, by the vendor's own API as the simulator has it.

First all devices are new, then one in a hundred has gone another way here. Each round adds devices to the fleet. A
run is measured in slices, of which there are four for each round; each page is a job of its own.
"""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

SIMULATOR = Path(__file__).parents[3] / "addons" / "psa_base" / "tests" / "vendor_simulator"
READY = "VENDOR SIMULATOR READY "
DEVICES, CLIENTS = 10_000, 100  # a round
PAGES = 25  # a slice, of a hundred devices each
DRIFTED = "UPDATE psa_asset SET os_info = 'Windows 95' WHERE id % 100 = 0"
COUNTS = ("seen", "created", "repaired", "updated", "unchanged", "conflict", "triage", "missing")


@contextmanager
def simulate(rounds):
    """Yield the address of a Pulseway with the whole fleet, a program of its own: its memory is not ours."""
    fleet = {"--devices": DEVICES * rounds, "--organizations": CLIENTS * rounds}
    command = [sys.executable, SIMULATOR, *(str(word) for option in fleet.items() for word in option)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        line = process.stdout.readline().strip()
        if not line.startswith(READY):
            raise AssertionError(f"The simulator did not start: {line}")
        yield f"{line.removeprefix(READY)}/pulseway/v3/"
    finally:
        process.terminate()
        process.wait()


class Fleet:
    def __init__(self, bench, url):
        self.bench, self.env = bench, bench.env
        self.devices, self.clients = DEVICES * bench.rounds, CLIENTS * bench.rounds
        self.user = self.env.ref("psa_base.user_integration")
        self.env["res.partner"].create(
            [{"name": f"Client {number:05d}", "is_company": True} for number in range(1, self.clients + 1)]
        )
        team = self.env["helpdesk.ticket.team"].create({"name": "Bench"})
        self.connection = self.env["psa.hub.connection"].create(
            {
                "name": "Bench",
                "team_id": team.id,
                "adapter": "pulseway",
                "base_url": url,
                "may_use_http": True,
                "call_interval": 0,
            }
        )
        secrets_box = sys.modules["odoo.addons.psa_base.tools.secrets_box"]
        self.connection._set_credential(secrets_box.seal("sim-token-id:sim-token-secret"))
        type(self.env["psa.hub.sync"]).TIME_BUDGET = 0
        self.env.cr.commit()

    def poll(self, kind, **expected):
        """A whole run; what each slice took for a page, with the memory that this process had afterwards."""
        sync = self.env["psa.hub.sync"].with_user(self.user)._start(self.connection.with_user(self.user), kind)
        self.env.cr.commit()
        slices = []
        while self._read_state(sync) == "running":
            slices.append(self._take_slice(sync))
            self.bench.say(f"{kind} {sync.seen_count:,} of {sync.total:,}")
        found = {name: sync[f"{name}_count"] for name in COUNTS if sync[f"{name}_count"]}
        if (sync.state, found) != ("done", expected):
            raise AssertionError(f"{kind}: {sync.state}, {found}, not {expected}. {sync.reason or ''}")
        return slices

    def _take_slice(self, sync):
        with self.bench.meter.measure(PAGES) as sample:
            for _page in range(PAGES):
                self.bench.request(lambda env: sync.with_env(env)._run_pages(), self.user)
        return {**sample, "memory": read_memory()}

    def _read_state(self, sync):
        self.env.cr.rollback()
        self.env.invalidate_all()
        return sync.state

    def execute(self, statement):
        with self.env.registry.cursor() as cr:
            cr.execute(statement)

    def check(self):
        """Each device once, whatever the runs say of themselves."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                "SELECT count(*), count(DISTINCT asset_id) FROM psa_asset_identity WHERE last_seen_at IS NOT NULL"
            )
            identities = cr.fetchone()
            cr.execute("SELECT count(*) FROM psa_asset WHERE os_info = 'Windows 11 Pro'")
            [assets] = cr.fetchone()
        if (*identities, assets) != (self.devices, self.devices, self.devices):
            raise AssertionError(f"{identities} identities and their assets, {assets} assets as they should be")


def read_memory():
    """Megabytes that this process holds."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


def run(bench):
    with simulate(bench.rounds) as url:
        fleet = Fleet(bench, url)
        devices, repaired = fleet.devices, fleet.devices // 100
        fleet.poll("organizations", seen=fleet.clients, created=fleet.clients)
        compare(bench, "import", "all new", fleet.poll("devices", seen=devices, created=devices))
        fleet.execute(DRIFTED)
        slices = fleet.poll("devices", seen=devices, repaired=repaired, unchanged=devices - repaired)
        compare(bench, "again", "drifted", slices)
        fleet.check()


def compare(bench, name, title, slices):
    """As many of the last slices as there are rounds, against the first; the very first fills what is filled once."""
    bench.record(name, title, slices[-bench.rounds :], slices[1 : 1 + bench.rounds])
