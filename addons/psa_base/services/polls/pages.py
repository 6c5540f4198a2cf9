"""What becomes of the pages that polls fetch.

Storing a page twice has no second effect. What a poll cannot settle is stored in the inbox and becomes a dead letter
like any other, so that people have one list to look at.
"""

from datetime import datetime
from operator import itemgetter

from ...adapters.facts import Alert, Device, Incoming
from ...exceptions import PayloadError
from ..asset.devices import upsert_devices


def keep_page(connection, kind, rows, started_at):
    """Store the rows of a page; returns {name of a count: number} (`created`, `unchanged`, `triage`, …)."""
    if kind == "organizations":
        return _keep_organizations(connection, {row.identifier: row.name for row in rows})
    if kind == "devices":
        return _keep_devices(connection, rows, started_at)
    return _keep_alerts(connection, rows)


def count_missing(connection, started_at):
    assets = connection.env["psa.asset"]
    return assets.search_count(assets._get_missing_domain(connection, started_at))


def _keep_organizations(connection, names):
    created, updated = connection.env["psa.hub.organization"]._remember(connection, names)
    return {"created": created, "updated": updated, "unchanged": len(names) - created - updated}


def _keep_devices(connection, rows, started_at):
    adapter = connection._get_adapter()
    devices, payloads, unsettled = [], {}, []
    for row in rows:
        try:
            device = adapter.parse(row)
        except PayloadError:
            unsettled.append(row)
            continue
        if isinstance(device, Device):
            devices.append(device)
            payloads[device.identifier] = row
    _remember_organizations(connection, devices)
    result = upsert_devices(connection, devices, started_at)
    unsettled += [payloads[device.identifier] for device, _letter in result.letters]
    if unsettled:
        incoming = [_make_incoming(adapter, row) for row in unsettled]
        connection.env["psa.hub.inbox"]._store_unsettled(connection, incoming)
    return {
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "repaired": result.repaired,
        "conflict": result.conflicts,
        "triage": len(unsettled),
    }


def _keep_alerts(connection, rows):
    """Store alerts with the oldest first, however the vendor lists them: an end must not precede its start."""
    adapter = connection._get_adapter()
    alerts = [_parse_alert(adapter, row) for row in rows]
    _remember_organizations(connection, [alert for alert in alerts if alert])
    moments = [alert and alert.occurred_at or datetime.min for alert in alerts]
    rows = [row for _moment, row in sorted(zip(moments, rows, strict=True), key=itemgetter(0))]
    created = connection.env["psa.hub.inbox"]._store_many(connection, [_make_incoming(adapter, row) for row in rows])
    return {"created": created, "unchanged": len(rows) - created}


def _parse_alert(adapter, row):
    """The alert; None for a row that cannot be read, which will become a dead letter that names the field."""
    try:
        event = adapter.parse(row)
    except PayloadError:
        return None
    return event if isinstance(event, Alert) else None


def _remember_organizations(connection, events):
    """Store the organizations that devices and alerts name, so that people can link them to clients."""
    connection.env["psa.hub.organization"]._remember(
        connection, {event.organization_id: event.group for event in events if event.organization_id and event.group}
    )


def _make_incoming(adapter, row):
    return Incoming(
        dedupe_key=adapter.get_dedupe_key({}, row),
        event_type=adapter.get_event_type(row),
        device_key=adapter.get_device_key(row),
        payload=row,
    )
