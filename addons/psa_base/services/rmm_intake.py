"""What comes of a monitoring system's messages: devices become assets, alerts become tickets.

Everything here runs as the integration user, under its access rights, and can be done twice
without a second effect. What only a person can settle is raised as a dead letter that says how.
"""

from datetime import timedelta

from odoo.tools import plaintext2html
from odoo.tools.sql import escape_psql

from ..adapters.rmm_adapter import Device, Priority
from ..exceptions import DeadLetter

TICKET_PRIORITIES = {
    Priority.LOW: "0",
    Priority.NORMAL: "1",
    Priority.ELEVATED: "2",
    Priority.CRITICAL: "3",
}

# What makers leave in the firmware instead of a serial number: it identifies nothing.
PLACEHOLDER_SERIALS = frozenset(
    {"0", "default string", "n/a", "none", "not specified", "system serial number", "to be filled by o.e.m."}
)

# A device that only says again that it is there changes its asset's audit time this often at most.
AUDIT_INTERVAL = timedelta(hours=1)


def handle(connection, event, received_at):
    """Do what the event asks for; return the values that link the message to it."""
    if isinstance(event, Device):
        return {"asset_id": register_device(connection, event, received_at).id}
    ticket = raise_alert(connection, event)
    return {"ticket_id": ticket.id, "asset_id": ticket.asset_id.id}


def register_device(connection, device, seen_at):
    """The asset of a device: made, or brought up to date, or left alone when nothing is new."""
    client = _find_client(connection, device.group)
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


def raise_alert(connection, alert):
    """A ticket on the device's asset, for the device's client and the connection's team."""
    env = connection.env
    asset = _find_asset_by_identifier(connection, alert.device_identifier)
    if not asset:
        raise DeadLetter(
            env._(
                "No asset has the monitoring ID %s. Let the device register, or enter the ID on its "
                "asset, then replay.",
                alert.device_identifier,
            )
        )
    return (
        env["helpdesk.ticket"]
        .with_context(mail_create_nosubscribe=True)
        .create(
            {
                "name": alert.title,
                "description": plaintext2html(alert.message),
                "priority": TICKET_PRIORITIES[alert.priority],
                "team_id": connection.team_id.id,
                "partner_id": asset.partner_id.id,
                "asset_id": asset.id,
                "channel_id": env.ref("psa_base.helpdesk_ticket_channel_monitoring").id,
                "company_id": connection.company_id.id,
                "user_id": False,
            }
        )
    )


def _find_client(connection, group):
    env = connection.env
    clients = env["res.partner"]._find_by_rmm_group(group, connection.company_id)
    if not clients:
        raise DeadLetter(
            env._("No client has the group '%s'. Open the client, fill in Monitoring group, then replay.", group)
        )
    if len(clients) > 1:
        raise DeadLetter(
            env._(
                "The group '%(group)s' may mean several clients: %(clients)s. Fill in Monitoring group on "
                "the right one only, then replay.",
                group=group,
                clients=", ".join(clients.mapped("display_name")),
            )
        )
    return clients


def _find_asset(connection, device, client):
    """By monitoring ID; then, within the client, by serial number, or by name if nothing claims that asset."""
    if asset := _find_asset_by_identifier(connection, device.identifier):
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


def _find_asset_by_identifier(connection, identifier):
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
            )
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
