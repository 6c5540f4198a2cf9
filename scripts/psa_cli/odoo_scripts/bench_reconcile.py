"""Goal 7: the poll of a fleet of 200,000 devices, by the vendor's own API as the simulator has it.

First all of them are new, then one in a hundred has gone another way here. A run is measured in slices of a few
seconds, each a job of its own as on any other day; a round is a whole run.
"""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

SIMULATOR = Path(__file__).parents[3] / "addons" / "psa_base" / "tests" / "vendor_simulator"
READY = "VENDOR SIMULATOR READY "
DEVICES, CLIENTS = 200_000, 2_000
SLICE = 5  # seconds
DRIFTED = "UPDATE psa_asset SET os_info = 'Windows 95' WHERE id % 100 = 0"
COUNTS = ("seen", "created", "repaired", "updated", "unchanged", "conflict", "triage", "missing")


@contextmanager
def simulate():
    """Yield the address of a Pulseway with the whole fleet, a program of its own: its memory is not ours."""
    command = [sys.executable, SIMULATOR, "--devices", str(DEVICES), "--organizations", str(CLIENTS)]
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
        self.user = self.env.ref("psa_base.user_integration")
        self.env["res.partner"].create(
            [{"name": f"Client {number:05d}", "is_company": True} for number in range(1, CLIENTS + 1)]
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
        type(self.env["psa.hub.sync"]).TIME_BUDGET = SLICE
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
        pages = []
        with self.bench.meter.measure() as sample:
            self.bench.request(lambda env: pages.append(sync.with_env(env)._run_pages()), self.user)
        taken = {name: value and value / pages[0] for name, value in sample.items()}
        return {**taken, "memory": read_memory()}

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
        if (*identities, assets) != (DEVICES, DEVICES, DEVICES):
            raise AssertionError(f"{identities} identities and their assets, {assets} assets as they should be")


def read_memory():
    """Megabytes that this process holds."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


def run(bench):
    with simulate() as url:
        fleet = Fleet(bench, url)
        fleet.poll("organizations", seen=CLIENTS, created=CLIENTS)
        compare(bench, "import", "all new", fleet.poll("devices", seen=DEVICES, created=DEVICES))
        slices = []
        for _round in range(bench.rounds):
            fleet.execute(DRIFTED)
            repaired = DEVICES // 100
            slices.append(fleet.poll("devices", seen=DEVICES, repaired=repaired, unchanged=DEVICES - repaired))
        fleet.check()
        compare(bench, "again", "drifted", *slices)


def compare(bench, name, title, *runs):
    """The last third of the slices against the first; the very first fills what is filled once."""
    early, late = [], []
    for slices in runs:
        third = len(slices) // 3
        early += slices[1 : 1 + third]
        late += slices[-third:]
    bench.record(name, title, late, early)
