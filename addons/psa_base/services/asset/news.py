"""What is new for an asset in what its device reports, and how it is written: by a few statements for many devices."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo import fields
from odoo.tools import SQL

from ...adapters.facts import Device
from ...tools.origin import Origin
from .matching import clean_serial

# The audit time of an asset is written this often at most, while its device reports nothing else that is new.
AUDIT_INTERVAL = timedelta(hours=1)

# How far ahead of ours the clock of another system may be.
CLOCK_SKEW = timedelta(minutes=5)

# A system may list the old entry of a machine long after the machine was installed anew. An old entry becomes current
# only when the system has not listed the current one for this long.
OLD_ENTRY_SILENCE = timedelta(days=7)

# Fields whose changes people follow in the chatter. The others are written for many assets at once.
TRACKED = frozenset({"name", "serial_number"})


@dataclass(slots=True, eq=False)
class Known:
    """An identity and its asset, as the database has them.

    `newest_at` is when any identity of the asset was reported last.
    """

    identifier: str
    identity_id: int
    is_current: bool
    seen_at: datetime | None
    fingerprint: str | None
    newest_at: datetime | None
    asset_id: int
    partner_id: int
    state: str
    decommissioned_at: datetime | None
    name: str
    serial_number: str | None
    os_info: str | None
    last_audit: datetime | None
    is_in_maintenance: bool | None


@dataclass(slots=True, eq=False)
class News:
    """What is new about a device that is known, and so has to be written."""

    device: Device
    known: Known
    told_at: datetime
    fingerprint: str | None = None
    is_late: bool = False
    is_back: bool = False
    becomes_current: bool = False
    changes: dict = field(default_factory=dict)
    conflicts: dict = field(default_factory=dict)
    agreed: list = field(default_factory=list)
    audit_at: datetime | None = None
    is_in_maintenance: bool | None = None

    @property
    def is_nothing(self):
        return not (self.is_back or self.becomes_current or self.changes or self.conflicts or self.agreed) and (
            self.is_in_maintenance is None
        )

    @property
    def is_repair(self):
        """Whether the system reports what it reported before, so that it was our value that was changed."""
        return bool(self.changes) and self.fingerprint == self.known.fingerprint


def get_values(device):
    """The values that a device reports for its asset. Fields that it does not report are left out."""
    told = {
        "name": device.name,
        "serial_number": device.serial_number if clean_serial(device.serial_number) else "",
        "os_info": device.os_info,
    }
    return {name: value for name, value in told.items() if value}


def get_audit_at(device, told_at):
    """When the device was last seen, but not in the future: no later time would replace that."""
    return min(device.seen_at or told_at, told_at + CLOCK_SKEW)


def load_known(connection, source, identifiers):
    """{identifier: Known}, in one query."""
    env = connection.env
    env["psa.asset"].flush_model()
    env["psa.asset.identity"].flush_model()
    rows = env.execute_query(
        SQL(
            """
            SELECT identity.identifier, identity.id, identity.is_current, identity.last_seen_at, identity.fingerprint,
                   (SELECT max(last_seen_at) FROM psa_asset_identity WHERE asset_id = asset.id),
                   asset.id, asset.partner_id, asset.state, asset.decommissioned_at, asset.name, asset.serial_number,
                   asset.os_info, asset.last_audit, asset.is_in_maintenance
              FROM psa_asset_identity identity JOIN psa_asset asset ON asset.id = identity.asset_id
             WHERE identity.company_id = %s AND identity.source = %s AND identity.identifier = ANY(%s)
            """,
            connection.company_id.id,
            source,
            list(identifiers),
        )
    )
    return {row[0]: Known(*row) for row in rows}


class Reader:
    """Finds what is new in what devices report, by the contract of who owns which field."""

    def __init__(self, connection, knowns, *, is_scheduled):
        env = connection.env
        self._contract = env["psa.hub.ownership"]._get_contract("psa.asset")
        self._disputes = env["psa.hub.conflict"]._get_latest({known.asset_id for known in knowns})
        self._is_scheduled = is_scheduled

    def find_all_news(self, told, told_at):
        """The news of [(device, Known)] that were reported at the same time.

        Of several entries of one asset, the current one has its values; if none is current, the last one does.
        """
        spokesmen = {}
        for _device, known in told:
            before = spokesmen.get(known.asset_id)
            if not before or known.is_current or not before.is_current:
                spokesmen[known.asset_id] = known
        return [
            self.find_news(device, known, told_at, is_late=spokesmen[known.asset_id] is not known)
            for device, known in told
        ]

    def find_news(self, device, known, told_at, *, is_late=False):
        news = News(device, known, told_at)
        news.is_late = is_late or self._is_late(known, told_at)
        if news.is_late:
            return news
        values = get_values(device)
        news.fingerprint = _make_fingerprint(values)
        news.becomes_current = not known.is_current
        self._read_audit(news)
        if known.state == "decommissioned":
            # Its state and values stay, because people decide whether it is in service and billed again.
            news.is_back = not known.seen_at or known.seen_at < (known.decommissioned_at or known.seen_at)
            return news
        if device.in_maintenance is not None and device.in_maintenance != bool(known.is_in_maintenance):
            news.is_in_maintenance = device.in_maintenance
        for name, theirs in values.items():
            self._read_value(news, name, theirs)
        return news

    def _is_late(self, known, told_at):
        if not known.newest_at:
            return False
        is_old_entry = self._is_scheduled and known.seen_at and not known.is_current
        return told_at < known.newest_at + (OLD_ENTRY_SILENCE if is_old_entry else timedelta())

    def _read_audit(self, news):
        if self._contract["last_audit"].master != "monitoring":
            return
        audit_at, last = get_audit_at(news.device, news.told_at), news.known.last_audit
        if not last or audit_at - last >= AUDIT_INTERVAL or last > news.told_at + CLOCK_SKEW:
            news.audit_at = audit_at

    def _read_value(self, news, name, theirs):
        rule, ours = self._contract[name], getattr(news.known, name) or ""
        dispute = self._disputes.get((news.known.asset_id, name))
        is_taken = theirs != ours and rule.is_taken(self._is_scheduled)
        if is_taken:
            news.changes[name] = theirs
        if theirs == ours or is_taken:
            if dispute and dispute.state == "open":
                news.agreed.append(name)
        elif rule.is_asked and not (dispute and dispute.is_about(ours, theirs)):
            news.conflicts[name] = (ours, theirs)


def write_news(connection, source, all_news):
    """Write the news to identities and assets: by a few statements, and a write for each change that people follow."""
    env = connection.env
    if not all_news:
        return
    _note_told(connection, all_news)
    env["psa.asset.identity"]._make_current(
        source, {news.known.asset_id: news.known.identity_id for news in all_news if news.becomes_current}
    )
    _write_quietly(env, [news for news in all_news if not news.is_late])
    assets = env["psa.asset"].with_context(**Origin.HUB.context)
    for news in all_news:
        if followed := {name: value for name, value in news.changes.items() if name in TRACKED}:
            assets.browse(news.known.asset_id).write(followed)
    env["psa.hub.conflict"]._note_differences(
        connection,
        [
            (news.known.asset_id, name, *values, news.told_at)
            for news in all_news
            for name, values in news.conflicts.items()
        ],
        [(news.known.asset_id, name) for news in all_news for name in news.agreed],
    )
    for asset in assets.browse(news.known.asset_id for news in all_news if news.is_back):
        asset._message_log(body=env._("The device has registered again although it is decommissioned."))


def note_heard(connection, letters, knowns, told_at):
    """Note that the devices of dead letters, [(device, dead letter)], are not missing, as far as they are known.

    A decommissioned one is left out: noted as seen, it would not count as back once a person has settled it.
    """
    heard = [(device, knowns[device.identifier]) for device, _letter in letters if device.identifier in knowns]
    news = [News(device, known, told_at) for device, known in heard if known.state != "decommissioned"]
    if news:
        _note_told(connection, news)


def _note_told(connection, all_news):
    env = connection.env
    env.cr.execute(
        SQL(
            """
            UPDATE psa_asset_identity AS identity
               SET last_seen_at = greatest(identity.last_seen_at, told.at),
                   first_seen_at = least(identity.first_seen_at, told.at),
                   fingerprint = coalesce(told.fingerprint, identity.fingerprint),
                   connection_id = %(connection)s
              FROM unnest(%(ids)s::int[], %(ats)s::timestamp[], %(fingerprints)s::text[]) AS told (id, at, fingerprint)
             WHERE identity.id = told.id
            """,
            connection=connection.id,
            ids=[news.known.identity_id for news in all_news],
            ats=[news.told_at for news in all_news],
            fingerprints=[news.fingerprint for news in all_news],
        ),
        log_exceptions=False,
    )
    env["psa.asset.identity"].invalidate_model()


def _write_quietly(env, all_news):
    """Write the fields that nobody follows in the chatter, for all assets at once."""
    rows = [
        (news.known.asset_id, news.changes.get("os_info"), news.audit_at, news.is_in_maintenance)
        for news in all_news
        if news.audit_at or news.is_in_maintenance is not None or "os_info" in news.changes
    ]
    if not rows:
        return
    ids, systems, audits, maintenance = zip(*rows, strict=True)
    env.cr.execute(
        SQL(
            """
            UPDATE psa_asset AS asset
               SET os_info = coalesce(told.os_info, asset.os_info),
                   last_audit = coalesce(told.audit_at, asset.last_audit),
                   is_in_maintenance = coalesce(told.is_in_maintenance, asset.is_in_maintenance),
                   write_uid = %(uid)s, write_date = %(now)s
              FROM unnest(%(ids)s::int[], %(systems)s::text[], %(audits)s::timestamp[], %(maintenance)s::bool[])
                   AS told (id, os_info, audit_at, is_in_maintenance)
             WHERE asset.id = told.id
            """,
            uid=env.uid,
            now=fields.Datetime.now(),
            ids=list(ids),
            systems=list(systems),
            audits=list(audits),
            maintenance=list(maintenance),
        ),
        log_exceptions=False,
    )
    env["psa.asset"].invalidate_model(["os_info", "last_audit", "is_in_maintenance", "write_uid", "write_date"])


def _make_fingerprint(values):
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:32]
