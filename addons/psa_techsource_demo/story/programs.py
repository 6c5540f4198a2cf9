"""Clients' own programs: more API keys, and a webhook that is paused."""

from datetime import timedelta

from odoo import Command, fields

from .clients import PORTAL_CLIENT

# (client, program, what it may do, days until the key ends, where it may call from)
KEYS = (
    (PORTAL_CLIENT, "Asset register", ("assets:read",), 9, "203.0.113.0/24"),
    ("harbour", "Matter management", ("tickets:read", "tickets:write"), 340, "198.51.100.17\n2001:db8:4f::/48"),
    ("wattle", "Parents' portal", ("tickets:read",), 0, ""),
)
EVENTS = ("ticket.created", "ticket.stage_changed", "ticket.commented", "svr.sent")


def connect_programs(world):
    env = world.env_of("admin")
    team = world.env.ref("psa_techsource.team_service_desk")
    scopes = {scope.code: scope.id for scope in env["psa.api.scope"].search([])}
    keys = env["psa.api.key"].create(
        [
            {
                "name": name,
                "partner_id": world.ref(f"partner_{client}").id,
                "team_id": team.id,
                "scope_ids": [Command.set([scopes[code] for code in codes])],
                "expires_at": fields.Datetime.now() + timedelta(days=days) if days else False,
                "allowed_networks": networks,
            }
            for client, name, codes, days, networks in KEYS
        ]
    )
    for key in keys:
        key._rotate_key()
    _connect_webhook(world, env)


def _connect_webhook(world, env):
    """The client's system does not exist, so the webhook is paused and nothing is posted."""
    webhook = env["psa.api.subscription"].create(
        {
            "name": "Practice software",
            "partner_id": world.ref(f"partner_{PORTAL_CLIENT}").id,
            "url": "https://hooks.northwind-dental.example/techsource",
            "event_ids": [Command.set(env["psa.api.event"].search([("code", "in", EVENTS)]).ids)],
        }
    )
    webhook.action_new_secret()
    webhook.action_pause()
