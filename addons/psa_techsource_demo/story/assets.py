"""The devices that Techsource looks after: about sixty, as the monitoring system reports them."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

from .clients import CLIENTS

SEED = 2010  # the same serial numbers in every demo database

WINDOWS = "Windows 11 Pro 24H2"
WINDOWS_OLD = "Windows 10 Pro 22H2"
MAC = "macOS 15.1 Sequoia"
SERVER = "Windows Server 2022 Standard"
LINUX = "Ubuntu Server 24.04 LTS"
FIREWALL = "FortiOS 7.4.5"
NAS = "Synology DSM 7.2.2"
SWITCH = "UniFi OS 4.1"
POS = "Windows 10 IoT Enterprise LTSC"


@dataclass(frozen=True)
class Batch:
    """`count` devices of a kind: NWD-LT-01, NWD-LT-02 …; the last `retired` are out of use."""

    stem: str
    count: int
    os: str
    retired: int = 0
    in_maintenance: int = 0


FLEETS = {
    "northwind": (
        Batch("NWD-SRV", 1, SERVER),
        Batch("NWD-FW", 1, FIREWALL),
        Batch("NWD-SURGERY", 4, WINDOWS),
        Batch("NWD-RECEPTION", 2, WINDOWS, retired=1),
        Batch("NWD-NAS", 1, NAS),
    ),
    "harbour": (
        Batch("HHL-DC", 2, SERVER),
        Batch("HHL-FILE", 1, SERVER, in_maintenance=1),
        Batch("HHL-FW", 1, FIREWALL),
        Batch("HHL-LT", 10, WINDOWS, retired=1),
    ),
    "banksia": (
        Batch("BNK-WS", 5, WINDOWS, in_maintenance=1),
        Batch("BNK-MAC", 2, MAC),
        Batch("BNK-NAS", 1, NAS),
    ),
    "freight": (
        Batch("SCF-SRV", 2, SERVER),
        Batch("SCF-FW", 2, FIREWALL),
        Batch("SCF-DISPATCH", 4, WINDOWS),
        Batch("SCF-TABLET", 4, WINDOWS_OLD, retired=1, in_maintenance=1),
    ),
    "grindstone": (
        Batch("GRI-POS", 5, POS),
        Batch("GRI-FW", 1, FIREWALL),
        Batch("GRI-OFFICE", 1, WINDOWS_OLD, in_maintenance=1),
    ),
    "wattle": (
        Batch("WPC-DC", 1, SERVER),
        Batch("WPC-LINUX", 1, LINUX),
        Batch("WPC-SW", 3, SWITCH),
        Batch("WPC-STAFF", 5, WINDOWS, retired=1),
    ),
    "swan": (
        Batch("SRE-SRV", 1, SERVER),
        Batch("SRE-FW", 1, FIREWALL),
        Batch("SRE-WS", 4, WINDOWS),
    ),
}


# How many working hours ago some devices were taken out of use, and some for maintenance.
RETIRED, SENT_TO_MAINTENANCE = 120, 18


def roll_out(world, now):
    rng = Random(SEED)  # noqa: S311 -- variety, not secrecy
    values = [vals for client in CLIENTS for vals in _prepare_fleet(world, client, FLEETS[client.key], rng, now)]
    assets = world.env_of("operations")["psa.asset"].create(values)
    world.name({asset_key(asset.name): asset for asset in assets})


def get_steps(world, clock):
    """All devices are active at first. Later, Operations take some out of use and some for maintenance."""
    return [
        (clock.hours_ago(RETIRED), lambda: _get_devices(world, "decommissioned").action_decommission()),
        (clock.hours_ago(SENT_TO_MAINTENANCE), lambda: _get_devices(world, "maintenance").action_start_maintenance()),
    ]


def _get_devices(world, state):
    """The devices that end up in this state."""
    names = [
        f"{batch.stem}-{number:02d}"
        for batches in FLEETS.values()
        for batch in batches
        for number in range(1, batch.count + 1)
        if _state(batch, number) == state
    ]
    return world.env_of("operations")["psa.asset"].search([("name", "in", names)])


def _prepare_fleet(world, client, batches, rng, now):
    company = world.ref(f"partner_{client.key}")
    people = company.child_ids
    for batch in batches:
        for number in range(1, batch.count + 1):
            user = people[(number - 1) % len(people)] if _is_personal(batch.os) else people.browse()
            yield {
                "name": f"{batch.stem}-{number:02d}",
                "partner_id": company.id,
                "assigned_user_id": user.id,
                "serial_number": _serial(rng),
                "pulseway_id": str(UUID(int=rng.getrandbits(128), version=4)),
                "os_info": batch.os,
                "last_audit": now - _age_of_audit(_state(batch, number), rng),
            }


def _state(batch, number):
    if number > batch.count - batch.retired:
        return "decommissioned"
    if number > batch.count - batch.retired - batch.in_maintenance:
        return "maintenance"
    return "active"


def _is_personal(os):
    return os in (WINDOWS, WINDOWS_OLD, MAC)


def _serial(rng):
    """Seven characters as on a service tag: no vowels, and none that reads like another one."""
    return "".join(rng.choices("BCDFGHJKLMNPQRSTVWXYZ23456789", k=7))


def _age_of_audit(state, rng):
    """An active device was seen today, one in maintenance this week, a retired one long ago."""
    return {
        "active": timedelta(minutes=rng.randint(5, 23 * 60)),
        "maintenance": timedelta(days=rng.randint(2, 5)),
        "decommissioned": timedelta(days=rng.randint(25, 40)),
    }[state]


def asset_key(hostname):
    return f"asset_{hostname.lower().replace('-', '_')}"
