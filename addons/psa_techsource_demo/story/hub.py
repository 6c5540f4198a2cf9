"""Other systems: two that watch devices, one that watches for break-ins, and a client's program."""

import json
from datetime import timedelta
from itertools import count
from random import Random

from odoo import Command, fields

from odoo.addons.psa_base.adapters.facts import Page

from .assets import SEED, asset_key
from .clients import CLIENTS, PORTAL_CLIENT

GENERIC, PULSEWAY, ROCKETCYBER = "connection_generic", "connection_pulseway", "connection_rocketcyber"
API_KEY = f"api_key_{PORTAL_CLIENT}"
PRIORITIES = {"low": "Low", "medium": "Normal", "high": "Elevated", "critical": "Critical"}

# Where `vendor_simulator --port 8090` listens. No demo calls a real vendor.
SIMULATOR = "http://127.0.0.1:8090"
CONNECTIONS = {
    GENERIC: {"name": "Remote monitoring", "adapter": "generic"},
    PULSEWAY: {
        "name": "Pulseway",
        "adapter": "pulseway",
        "base_url": f"{SIMULATOR}/pulseway/v3",
        "may_use_http": True,
    },
    ROCKETCYBER: {
        "name": "RocketCyber",
        "adapter": "rocketcyber",
        "base_url": f"{SIMULATOR}/rocketcyber/v3",
        "may_use_http": True,
    },
}
# The clients' organizations at the vendors: (ID, name). Clients without one at Pulseway use the generic connection.
ORGANIZATIONS = {
    PULSEWAY: {
        "northwind": (4821, "Northwind Dental"),
        "harbour": (4822, "Harbour and Hale Lawyers"),
        "freight": (4830, "Southern Cross Freight"),
        "wattle": (4841, "Wattle Park College"),
        "swan": (4857, "Swan River Engineering"),
    },
    ROCKETCYBER: {
        "northwind": (51877, "Northwind Dental"),
        "harbour": (51880, "Harbour and Hale Lawyers"),
        "freight": (51902, "Southern Cross Freight"),
    },
}


class Hub:
    """What other systems send. It is stored, and processed a moment later."""

    def __init__(self, world, set_time):
        self.world = world
        self.set_time = set_time
        self.env = world.env(user=world.env.ref("psa_base.user_integration"))
        self.rng = Random(SEED)  # noqa: S311 -- variety, not secrecy
        self.numbers = count(880_001)
        self._connect()

    def alert(self, asset, title, text, priority):
        """Receive the message of an alert on a device."""
        connection = self.get_connection_of(asset)
        if connection == PULSEWAY:
            payload = {
                "Id": next(self.numbers),
                "Title": title,
                "Message": text,
                "DateTime": stamp(),
                "Priority": PRIORITIES[priority],
                "DeviceIdentifier": asset.pulseway_id,
                "OrganizationId": ORGANIZATIONS[PULSEWAY][self._get_client_key(asset)][0],
            }
        else:
            payload = {
                "EventType": "Notification",
                "SystemIdentifier": asset.pulseway_id,
                "Header": title,
                "Message": text,
                "Priority": PRIORITIES[priority],
            }
        return self.receive(connection, payload)

    def register(self, name, group, identifier, os, serial):
        """The payload by which the generic sender reports a device."""
        return {
            "EventType": "SystemRegistered",
            "SystemIdentifier": identifier,
            "Name": name,
            "OS": os,
            "Group": group,
            "CustomFields": {"Serial": serial},
        }

    def receive(self, connection_key, *payloads):
        """Do what the webhook does after it has checked the signature, and what the job does a moment later."""
        connection = self.get_connection(connection_key)
        adapter, inbox = connection._get_adapter(), self.env["psa.hub.inbox"]
        uuids = []
        for payload in payloads:
            headers = {"webhook-id": f"msg_demo_{next(self.numbers)}"}
            key, kind = adapter.get_dedupe_key(headers, payload), adapter.get_event_type(payload)
            device = adapter.get_device_key(payload)
            uuids.append(inbox._store(connection, key, kind, json.dumps(payload), {}, device)[0])
        self._work(connection)
        return inbox.search([("uuid", "in", uuids)])

    def poll(self, connection_key, kind, rows):
        """Keep and process a poll that fetched these rows in one page."""
        connection = self.get_connection(connection_key)
        sync = self.env["psa.hub.sync"]._start(connection, kind)
        self.set_time(fields.Datetime.now() + timedelta(seconds=self.rng.randint(2, 9)))
        sync._keep_page(Page(rows, total=len(rows)))
        self._work(connection)
        return sync

    def look_after(self):
        """Run the check that tells owners of connections what needs them."""
        self.world.env["psa.hub.alarm"]._cron_check()

    def get_connection(self, key):
        return self.world.ref(key).with_env(self.env)

    def get_connection_of(self, asset):
        return PULSEWAY if self._get_client_key(asset) in ORGANIZATIONS[PULSEWAY] else GENERIC

    def get_asset(self, hostname):
        return self.world.ref(asset_key(hostname))

    def _work(self, connection):
        self.set_time(fields.Datetime.now() + timedelta(seconds=self.rng.choice((1, 1, 1, 2, 2, 3, 5))))
        self.env["psa.hub.inbox"]._drain(connection)

    def _get_client_key(self, asset):
        return next(client.key for client in CLIENTS if self.world.ref(f"partner_{client.key}") == asset.partner_id)

    def _connect(self):
        env = self.world.env_of("admin")
        team = self.world.env.ref("psa_techsource.team_service_desk")
        owner = self.world.user("operations")
        connections = env["psa.hub.connection"].create(
            [{**values, "team_id": team.id, "owner_id": owner.id} for values in CONNECTIONS.values()]
        )
        self.world.name(dict(zip(CONNECTIONS, connections, strict=True)))
        key = env["psa.api.key"].create(
            {
                "name": "Practice software",
                "partner_id": self.world.ref(f"partner_{PORTAL_CLIENT}").id,
                "team_id": team.id,
                "scope_ids": [Command.set(env["psa.api.scope"].search([]).ids)],
            }
        )
        self.world.name({API_KEY: key})
        # The public addresses of a client's devices are masked, because nobody needs them.
        pulseway = self.world.ref(PULSEWAY).id
        env["psa.hub.mask"].create({"connection_id": pulseway, "path": "ExternalIpAddress", "how": "last_4"})
        env["psa.metrics.key"].create({"name": "Prometheus"})._rotate_key()


def stamp(ago=timedelta()):
    """The time so long ago, as the vendors write it."""
    return f"{fields.Datetime.now() - ago:%Y-%m-%dT%H:%M:%SZ}"
