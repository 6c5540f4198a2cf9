"""Other systems: monitoring with its messages, two of which nobody could work, and a client's program."""

import json
from functools import partial

from odoo import Command

from .assets import asset_key
from .clients import PORTAL_CLIENT

CONNECTION = "connection_generic"
API_KEY = f"api_key_{PORTAL_CLIENT}"
PRIORITIES = {"low": "Low", "medium": "Normal", "high": "Elevated", "critical": "Critical"}

# Devices that say again that they are there, as (working hours before now, hostname).
CHECK_INS = ((270, "NWD-SRV-01"), (181, "HHL-DC-01"), (96, "WPC-DC-01"), (41, "SCF-SRV-01"), (5, "BNK-NAS-01"))
# Devices under groups that no client has: a client to be, and a name with a slip in it.
STRANGERS = (
    (22, "BGP-FRONTDESK", "Blue Gum Physiotherapy"),
    (3.5, "HHL-LT-11", "Harbour and Hale Lawyers"),
)


def connect(world):
    env = world.env_of("admin")
    team = world.env.ref("psa_techsource.team_service_desk")
    connection = env["psa.hub.connection"].create(
        {
            "name": "Remote monitoring",
            "adapter": "generic",
            "team_id": team.id,
            "owner_id": world.user("operations").id,
        }
    )
    key = env["psa.api.key"].create(
        {
            "name": "Practice software",
            "partner_id": world.ref(f"partner_{PORTAL_CLIENT}").id,
            "team_id": team.id,
            "scope_ids": [Command.set(env["psa.api.scope"].search([]).ids)],
        }
    )
    world.name({CONNECTION: connection, API_KEY: key})


def get_steps(world, clock):
    known = [(hours, partial(_check_in, world, name)) for hours, name in CHECK_INS]
    unknown = [(hours, partial(_register, world, name, group)) for hours, name, group in STRANGERS]
    return [(clock.hours_ago(hours), act) for hours, act in known + unknown]


def alert(world, asset, title, text, priority):
    """The ticket that comes of an alert on a device."""
    payload = {
        "EventType": "Notification",
        "SystemIdentifier": asset.pulseway_id,
        "Header": title,
        "Message": text,
        "Priority": PRIORITIES[priority],
    }
    return _receive(world, payload).ticket_id


def _check_in(world, name):
    asset = world.ref(asset_key(name))
    payload = {
        "EventType": "SystemRegistered",
        "SystemIdentifier": asset.pulseway_id,
        "Name": asset.name,
        "OS": asset.os_info,
        "Group": asset.partner_id.name,
        "CustomFields": {"Serial": asset.serial_number},
    }
    _receive(world, payload)


def _register(world, name, group):
    payload = {
        "EventType": "SystemRegistered",
        "SystemIdentifier": f"demo-{name.lower()}",
        "Name": name,
        "OS": "Windows 11 Pro 24H2",
        "Group": group,
        "CustomFields": {"Serial": f"{name[:3]}7K2M"},
    }
    _receive(world, payload)


def _receive(world, payload):
    """What the webhook does once it has checked the signature: keep the message, then work it."""
    env = world.env(user=world.env.ref("psa_base.user_integration"))
    connection = world.ref(CONNECTION).with_env(env)
    raw = json.dumps(payload)
    delivery = f"msg_demo_{env['psa.hub.inbox'].search_count([]) + 1:03d}"
    uuid, _is_new = env["psa.hub.inbox"]._store(connection, delivery, payload["EventType"], raw, {})
    env["psa.hub.inbox"]._drain(connection)
    return env["psa.hub.inbox"].search([("uuid", "=", uuid)])
