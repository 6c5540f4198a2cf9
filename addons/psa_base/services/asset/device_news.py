"""What a device tells that is news for its asset, and how it gets there: by a few statements for many devices."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo import fields
from odoo.tools import SQL

from ...adapters.facts import Device
from ...tools.origin import Origin
from .device_match import clean_serial

# A device that only says again that it is there changes its asset's audit time this often at most.
AUDIT_INTERVAL = timedelta(hours=1)

# How far ahead the clock of another system may be.
CLOCK_SKEW = timedelta(minutes=5)

# A system may list a machine's old entry for a long time after it was installed anew: the entry that is current
# here is the machine, unless the system has not listed that one for so long.
OLD_ENTRY_SILENCE = timedelta(days=7)

# Whose changes people follow in the chatter; the rest is written for many assets at once.
TRACKED = frozenset({"name", "serial_number"})


@dataclass(slots=True, eq=False)
class Known:
    """An identity and its asset, as the database has them. `newest_at`: when any identity of it was told last."""

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
    """What is to be done about a device that is known."""

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
        """The system says what it said before: it is our value that had gone another way."""
        return bool(self.changes) and self.fingerprint == self.known.fingerprint


def get_values(device):
    """What the monitoring system tells of an asset; what it does not tell is left out."""
    told = {
        "name": device.name,
        "serial_number": device.serial_number if clean_serial(device.serial_number) else "",
        "os_info": device.os_info,
    }
    return {name: value for name, value in told.items() if value}


def get_audit_at(device, told_at):
    """When the device was last looked at. A time to come would keep out all that are told later."""
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
    """Says what is news, under the contract of who owns which field."""

    def __init__(self, connection, knowns, *, is_scheduled):
        env = connection.env
        self._contract = env["psa.hub.ownership"]._get_contract("psa.asset")
        self._disputes = env["psa.hub.conflict"]._get_latest({known.asset_id for known in knowns})
        self._is_scheduled = is_scheduled

    def find_all_news(self, told, told_at):
        """News of [(device, Known)] that were told at the same time.

        Of two entries of one asset the current one says what it is like, else the last one.
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
            # whether it is billed again is for people to decide, so its state and data stay
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
    """Bring identities and assets up to date: a few statements, and one write for each change that people follow."""
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
    env["psa.hub.conflict"]._note(
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
    """Note of known devices that a person has to settle, [(device, dead letter)], that they are not missing.

    One out of service is not told of here: that it is back is said once it is settled.
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
    """What nobody follows in the chatter, for all assets at once."""
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
