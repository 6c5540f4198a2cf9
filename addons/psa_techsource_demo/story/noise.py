"""Half a year of alerts that make no work: rules ignore or hold them, or maintenance and recoveries end them."""

from datetime import timedelta
from functools import partial
from random import Random

from odoo import Command

from .assets import SEED

LOGON, LOAD = "User logged on", "High CPU usage"
# How many of each in the half year. The rules ignore the first kind, and hold the second until it comes again.
COUNTS = {LOGON: 26, LOAD: 30}
TEXTS = {LOGON: "svc-backup logged on at the console.", LOAD: "CPU was above 95% for ten minutes."}
LEVELS = {LOGON: "low", LOAD: "medium"}
DEVICES = (
    *("NWD-SRV-01", "HHL-DC-01", "HHL-FILE-01", "SCF-SRV-01", "SCF-SRV-02", "WPC-DC-01"),
    *("WPC-LINUX-01", "BNK-WS-03", "GRI-POS-02", "SRE-SRV-01"),
)
DAYS = 175

# A venue whose line comes and goes: (minutes after its ticket was opened, whether it is online then).
FLAPPING, FLAPPING_OPENED = "GRI-FW-01", 4.2
UPS_AND_DOWNS = ((9, True), (24, False), (37, True), (52, False), (66, True), (83, False), (97, True))


class Noise:
    """Alerts that nobody has to work on, as steps of the story."""

    def __init__(self, hub):
        self.hub = hub
        self.world = hub.world
        self.rng = Random(SEED)  # noqa: S311 -- variety, not secrecy

    def get_steps(self, clock):
        opened = clock.hours_ago(FLAPPING_OPENED)
        return [
            *self._get_episodes(clock),
            *self._get_maintenance(clock),
            *(
                (opened + timedelta(minutes=minutes), partial(self._tell, FLAPPING, is_online))
                for minutes, is_online in UPS_AND_DOWNS
            ),
            (clock.hours_ago(0.5), partial(self._tell, "SRE-FW-01", True)),
            (clock.hours_ago(4), self._alert_on_the_bench),
        ]

    def _get_episodes(self, clock):
        for title, episodes in COUNTS.items():
            for _each in range(episodes):
                moment = clock.now - timedelta(minutes=self.rng.randint(90, DAYS * 24 * 60))
                device = self.rng.choice(DEVICES)
                for repeat in range(self.rng.choice((1, 1, 2))):
                    yield moment + timedelta(minutes=11 * repeat), partial(self._alert, device, title)

    def _get_maintenance(self, clock):
        """Three windows: one last week with an alert in it, one that comes again every week, and one in the future."""
        evening = clock.now.replace(hour=11, minute=0, second=0)  # ten o'clock in the desk's summer time
        past, coming = evening - timedelta(days=5), evening + timedelta(days=2)
        weekly = evening - timedelta(days=9)
        plan = self._plan_window
        return [
            (past - timedelta(days=1), partial(plan, "Firmware of the firewall", "harbour", ["HHL-FW-01"], past, 4)),
            (past + timedelta(minutes=20), partial(self._tell, "HHL-FW-01", False)),
            (past + timedelta(minutes=43), partial(self._tell, "HHL-FW-01", True)),
            (
                weekly - timedelta(days=1),
                partial(plan, "Patch night", "wattle", ["WPC-DC-01", "WPC-LINUX-01"], weekly, 3, is_weekly=True),
            ),
            (
                clock.hours_ago(12),
                partial(plan, "Matter archive moves to new storage", "harbour", ["HHL-FILE-01"], coming, 6),
            ),
        ]

    def _plan_window(self, name, client, hostnames, start_at, hours, *, is_weekly=False):
        self.world.env_of("operations")["psa.maintenance.window"].create(
            {
                "name": name,
                "partner_id": self.world.ref(f"partner_{client}").id,
                "asset_ids": [Command.set([self.hub.get_asset(hostname).id for hostname in hostnames])],
                "start_at": start_at,
                "end_at": start_at + timedelta(hours=hours),
                "user_id": self.world.user("mei").id,
                "is_weekly": is_weekly,
            }
        )

    def _alert(self, hostname, title):
        self.hub.alert(self.hub.get_asset(hostname), title, TEXTS[title], LEVELS[title])

    def _tell(self, hostname, is_online):
        words = "is back online" if is_online else "is offline"
        text = f"{hostname} answers again." if is_online else f"{hostname} has not answered for five minutes."
        level = "medium" if is_online else "high"
        self.hub.alert(self.hub.get_asset(hostname), f"{hostname} {words}", text, level)

    def _alert_on_the_bench(self):
        """A workstation in maintenance sends an alert that everybody expects."""
        asset = self.hub.get_asset("BNK-WS-05")
        self.hub.alert(asset, "Windows updates are overdue", "No updates for 31 days.", "high")
