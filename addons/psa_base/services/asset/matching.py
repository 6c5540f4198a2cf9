"""Which asset a device is that monitoring reports under a new identifier. It is never guessed.

The serial number decides, among the assets of the client. Without one, the hostname does, if no device has claimed the
asset yet. If several assets are possible, or something speaks against the only one, a dead letter asks a person.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from odoo.tools import SQL

from ...adapters.facts import Device
from ...exceptions import DeadLetter

# Texts that makers leave in the firmware instead of a serial number. They identify no machine.
PLACEHOLDER_SERIALS = frozenset(
    {
        "",
        "-",
        "0",
        "1234567",
        "12345678",
        "123456789",
        "chassis serial number",
        "default string",
        "empty",
        "invalid",
        "n/a",
        "na",
        "none",
        "not applicable",
        "not available",
        "not specified",
        "null",
        "oem",
        "serial number",
        "system serial number",
        "to be filled by o.e.m.",
        "unknown",
    }
)


@dataclass(slots=True, eq=False)
class Candidate:
    """What the match needs to know of an asset, or of one that is about to be made."""

    partner_id: int
    serial: str
    name: str
    is_claimed: bool = True
    is_in_service: bool = True
    asset_id: int | None = None


@dataclass(slots=True, eq=False)
class Stranger:
    """A device with an identifier that no asset has, and what it turned out to be."""

    device: Device
    client: object
    serial: str = ""
    name: str = ""
    asset: Candidate | None = None
    is_new: bool = False
    rivals: list[Candidate] = field(default_factory=list)

    def __post_init__(self):
        self.serial = clean_serial(self.device.serial_number)
        self.name = self.device.name.strip().lower()

    @property
    def keys(self):
        """The hostname and serial number of which two transactions must not make assets at once."""
        keys = [f"name:{self.client.id}:{self.name}"]
        return [*keys, f"serial:{self.serial}"] if self.serial else keys


def clean_serial(serial):
    """A serial number in the form that is compared; empty if it identifies no machine."""
    serial = (serial or "").strip().lower()
    return "" if serial in PLACEHOLDER_SERIALS or not serial.strip("0 .-") else serial


def match(connection, strangers, source):
    """Set the `asset` of each stranger, and `is_new` where it is to be made; or its `rivals`. One query for all.

    Strangers are matched one after the other, so that each finds the assets that those before it are going to be.
    """
    book = _Book(connection, strangers, source)
    for stranger in strangers:
        _match_one(book, stranger)


def explain(connection, stranger):
    """The dead letter of a stranger that may be one of several assets, or is the only one with something against it."""
    env = connection.env
    assets = env["psa.asset"].browse(sorted({rival.asset_id for rival in stranger.rivals}))
    names = ", ".join(f"{asset.name} ({asset.partner_id.display_name})" for asset in assets)
    return DeadLetter(
        env._(
            "%(device)s reports under an ID that is new here, and may be the same machine as %(assets)s. Say which "
            "asset it is, or that it is a new device.",
            device=stranger.device.name,
            assets=names,
        ),
        mend="match_device",
        device=describe(stranger.device),
        candidate_ids=assets.ids,
        partner_id=stranger.client.id,
    )


def describe(device):
    """A device as facts of a dead letter, for JSON."""
    return {**asdict(device), "seen_at": device.seen_at and device.seen_at.isoformat(" ", "seconds")}


def read_device(facts):
    """The device that `describe` made these facts of."""
    seen_at = facts.get("seen_at")
    return Device(**{**facts, "seen_at": datetime.fromisoformat(seen_at) if seen_at else None})


class _Book:
    """The assets that strangers may be, by serial number and by hostname."""

    def __init__(self, connection, strangers, source):
        self._by_serial, self._by_name = {}, {}
        env = connection.env
        env["psa.asset"].flush_model()
        env["psa.asset.identity"].flush_model()
        # OFFSET 0 makes PostgreSQL look into an index for each serial number and hostname. It has no statistics of
        # partial indexes, and would read all assets for every page of a poll instead.
        rows = env.execute_query(
            SQL(
                """
                SELECT asset.partner_id, asset.serial_number, lower(btrim(asset.name)),
                       EXISTS (SELECT 1 FROM psa_asset_identity identity
                                WHERE identity.asset_id = asset.id AND identity.source = %(source)s AND is_current),
                       asset.active AND asset.state != 'decommissioned', asset.id
                  FROM psa_asset asset
                 WHERE asset.id = ANY(ARRAY(
                           SELECT twin.id FROM unnest(%(serials)s::text[]) AS told (serial)
                            CROSS JOIN LATERAL (
                               SELECT id FROM psa_asset
                                WHERE company_id = %(company)s AND lower(btrim(serial_number)) = told.serial
                               OFFSET 0
                            ) AS twin
                            UNION
                           SELECT namesake.id FROM unnest(%(clients)s::int[], %(names)s::text[]) AS told (client, name)
                            CROSS JOIN LATERAL (
                               SELECT id FROM psa_asset
                                WHERE company_id = %(company)s AND partner_id = told.client
                                  AND lower(btrim(name)) = told.name
                               OFFSET 0
                            ) AS namesake
                       ))
                 ORDER BY asset.id
                """,
                company=connection.company_id.id,
                serials=[stranger.serial for stranger in strangers if stranger.serial],
                clients=[stranger.client.id for stranger in strangers],
                names=[stranger.name for stranger in strangers],
                source=source,
            )
        )
        for partner_id, serial, *values in rows:
            self.add(Candidate(partner_id, clean_serial(serial), *values))

    def add(self, candidate):
        self._by_name.setdefault((candidate.partner_id, candidate.name), []).append(candidate)
        if candidate.serial:
            self._by_serial.setdefault(candidate.serial, []).append(candidate)

    def get_twins(self, stranger):
        return self._by_serial.get(stranger.serial, []) if stranger.serial else []

    def get_namesakes(self, stranger):
        return self._by_name.get((stranger.client.id, stranger.name), [])

    def take(self, candidate, stranger):
        """The candidate is the stranger: from now on, the stranger's serial number and hostname find it, too."""
        candidate.is_claimed = True
        if stranger.serial and not candidate.serial:
            candidate.serial = stranger.serial
            self._by_serial.setdefault(stranger.serial, []).append(candidate)
        if candidate not in self.get_namesakes(stranger):
            self._by_name.setdefault((stranger.client.id, stranger.name), []).append(candidate)


def _match_one(book, stranger):
    twins = book.get_twins(stranger)
    here = [twin for twin in twins if twin.partner_id == stranger.client.id]
    elsewhere = [twin for twin in twins if twin not in here and (twin.is_in_service or not here)]
    # An asset with a serial number and an identifier of its own is another machine that has the same name.
    namesakes = [
        asset
        for asset in book.get_namesakes(stranger)
        if asset not in here and not (stranger.serial and asset.serial and asset.is_claimed)
    ]
    likely = [*here, *elsewhere, *namesakes]
    if not likely:
        stranger.is_new = True
        stranger.asset = Candidate(stranger.client.id, stranger.serial, stranger.name)
        book.add(stranger.asset)
    elif len(likely) == 1 and (here or _is_sure_by_name(namesakes, stranger)):
        [stranger.asset] = likely
        book.take(stranger.asset, stranger)
    else:
        stranger.rivals = likely


def _is_sure_by_name(namesakes, stranger):
    """Whether one asset has the name, is in service, has no device, and has no other serial number."""
    if len(namesakes) != 1:
        return False
    [asset] = namesakes
    return asset.is_in_service and not asset.is_claimed and not (stranger.serial and asset.serial)
