"""What comes of a device that a monitoring system tells of: an asset, made or brought up to date.

Everything here runs as the integration user, under its access rights, and can be done twice without a second
effect. What only a person can settle is raised as a dead letter that says how.
"""

from datetime import timedelta

from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from ..exceptions import DeadLetter
from .client_lookup import find_client

# What makers leave in the firmware instead of a serial number: it identifies nothing.
PLACEHOLDER_SERIALS = frozenset(
    {"0", "default string", "n/a", "none", "not specified", "system serial number", "to be filled by o.e.m."}
)

# A device that only says again that it is there changes its asset's audit time this often at most.
AUDIT_INTERVAL = timedelta(hours=1)


def register_device(connection, device, seen_at):
    """The asset of a device: made, or brought up to date, or left alone when nothing is new."""
    client = find_client(connection, device.group, device.organization_id)
    asset = _find_asset(connection, device, client)
    if not asset:
        return connection.env["psa.asset"].create(
            {
                **_prepare_asset(device),
                "partner_id": client.id,
                "company_id": connection.company_id.id,
                "last_audit": seen_at,
            }
        )
    _check_owner(asset, client, device)
    if not (asset.pulseway_id and asset.last_audit) or seen_at >= asset.last_audit:
        _update_asset(asset, device, seen_at)
    return asset


def find_unchanged(connection, told):
    """Which devices of `told`, (key, device, when it was seen), change nothing: by key, the ID of their asset.

    A constant number of queries. What is not among them may still change nothing: `register_device` says.
    """
    assets = _get_assets(connection).search_fetch(
        [
            ("company_id", "=", connection.company_id.id),
            ("pulseway_id", "in", list({device.identifier for _key, device, _seen_at in told})),
        ],
        ["pulseway_id", "name", "os_info", "serial_number", "partner_id", "state", "last_audit"],
    )
    by_identifier = {asset.pulseway_id: asset for asset in assets}
    linked = _find_linked_organizations(connection, {device.organization_id for _key, device, _seen_at in told})
    claimed = _find_claimed_groups(connection, {device.group.lower() for _key, device, _seen_at in told})
    unchanged = {}
    for key, device, seen_at in told:
        asset = by_identifier.get(device.identifier)
        if asset and _is_owner(asset.partner_id, device, linked, claimed) and _is_known(asset, device, seen_at):
            unchanged[key] = asset.id
    return unchanged


def _find_linked_organizations(connection, identifiers):
    organizations = connection.env["psa.hub.organization"].search_fetch(
        [
            ("connection_id", "=", connection.id),
            ("external_id", "in", list(identifiers)),
            ("partner_id", "!=", False),
        ],
        ["external_id", "partner_id"],
    )
    return {organization.external_id: organization.partner_id.id for organization in organizations}


def _find_claimed_groups(connection, groups):
    """The clients that have one of the groups (lower case) as theirs, by group."""
    rows = connection.env.execute_query(
        SQL(
            """
            SELECT lower(rmm_group), array_agg(id)
            FROM res_partner
            WHERE rmm_group IS NOT NULL AND lower(rmm_group) IN %s
                AND active AND is_company AND parent_id IS NULL AND (company_id IS NULL OR company_id = %s)
            GROUP BY lower(rmm_group)
            """,
            tuple(groups),
            connection.company_id.id,
        )
    )
    return dict(rows)


def _is_owner(client, device, linked, claimed):
    """Whether the device is of this client for sure, without a look at the names of all others."""
    if device.organization_id in linked:
        return linked[device.organization_id] == client.id
    group = device.group.lower()
    return claimed[group] == [client.id] if group in claimed else client.name.lower() == group


def _is_known(asset, device, seen_at):
    if asset.state == "decommissioned" or not asset.last_audit or seen_at - asset.last_audit >= AUDIT_INTERVAL:
        return False
    return seen_at < asset.last_audit or all(asset[field] == value for field, value in _prepare_asset(device).items())


def _find_asset(connection, device, client):
    """By monitoring ID; then, within the client, by serial number, or by name if nothing claims that asset."""
    if asset := find_asset_by_identifier(connection, device.identifier):
        return asset
    assets = _get_assets(connection)
    if device.serial_number and device.serial_number.lower() not in PLACEHOLDER_SERIALS:
        twins = assets.search(
            [
                ("company_id", "=", connection.company_id.id),
                ("partner_id", "=", client.id),
                ("serial_number", "=ilike", escape_psql(device.serial_number)),
            ]
        )
        if len(twins) == 1:
            return twins
    namesakes = assets.search(
        [
            ("company_id", "=", connection.company_id.id),
            ("partner_id", "=", client.id),
            ("name", "=ilike", escape_psql(device.name)),
            ("pulseway_id", "=", False),
        ]
    )
    return namesakes if len(namesakes) == 1 else assets


def find_asset_by_identifier(connection, identifier):
    return _get_assets(connection).search(
        [("company_id", "=", connection.company_id.id), ("pulseway_id", "=", identifier)]
    )


def _get_assets(connection):
    """Archived assets keep their monitoring ID, so they have to be found as well."""
    return connection.env["psa.asset"].with_context(active_test=False)


def _check_owner(asset, client, device):
    if asset.partner_id != client:
        raise DeadLetter(
            asset.env._(
                "%(device)s is %(owner)s's asset here, but reports under the group of %(client)s. Move the "
                "asset to its new client, or the device to its group, then replay.",
                device=device.name,
                owner=asset.partner_id.display_name,
                client=client.display_name,
            ),
            mend="move_asset",
            asset_id=asset.id,
            partner_id=client.id,
        )


def _update_asset(asset, device, seen_at):
    if asset.state == "decommissioned":
        # whether it is billed again is for people to decide, so its state and data stay
        asset._message_log(body=asset.env._("The device has registered again although it is decommissioned."))
        asset.last_audit = seen_at
        return
    changes = {field: value for field, value in _prepare_asset(device).items() if asset[field] != value}
    if changes or not asset.last_audit or seen_at - asset.last_audit >= AUDIT_INTERVAL:
        asset.write({**changes, "last_audit": seen_at})


def _prepare_asset(device):
    """What the monitoring system is the master of; what it does not tell stays as it is."""
    told = {
        "pulseway_id": device.identifier,
        "name": device.name,
        "os_info": device.os_info,
        "serial_number": device.serial_number,
    }
    return {field: value for field, value in told.items() if value}
