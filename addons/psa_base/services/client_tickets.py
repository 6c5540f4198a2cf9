"""Tickets that a client's own program opens: a client may see tickets, but create none by itself."""

from odoo.tools import plaintext2html
from odoo.tools.sql import escape_psql

from ..exceptions import FieldError

ASSET_FIELDS = {"id": "id", "hostname": "name", "serial_number": "serial_number"}


def open_ticket(api_key, *, subject, description, priority, asset, contact, external_reference):
    """A ticket for the key's client in the key's team.

    `api_key` is in the environment of its own user. `asset` is an `(attribute, value)` pair or None,
    `contact` a dict of name, email and phone, or None; `priority` a key of the ticket's priority.
    """
    env = api_key.env
    client = api_key.partner_id
    contact = contact or {}
    # sudo: clients have no right to create tickets; each value below is fixed or was checked.
    tickets = env["helpdesk.ticket"].sudo().with_context(mail_create_nosubscribe=True)
    ticket = tickets.create(
        {
            "name": subject,
            "description": plaintext2html(description),
            "priority": priority,
            "team_id": api_key.team_id.id,
            "company_id": api_key.company_id.id,
            "partner_id": _find_contact(client, contact.get("email")).id,
            "partner_name": contact.get("name"),
            "partner_email": contact.get("email"),
            "partner_phone": contact.get("phone"),
            "asset_id": _find_asset(env, client, *asset).id if asset else False,
            "external_reference": external_reference,
            "channel_id": env.ref("psa_base.helpdesk_ticket_channel_api").id,
            "user_id": False,
        }
    )
    return ticket.with_env(env)


def _find_asset(env, client, attribute, value):
    """The client's asset; somebody else's is as unknown as one that is not there."""
    is_text = isinstance(value, str)
    assets = env["psa.asset"].search(
        [
            ("partner_id", "=", client.id),
            (ASSET_FIELDS[attribute], "=ilike" if is_text else "=", escape_psql(value) if is_text else value),
        ],
        limit=2,
    )
    if not assets:
        raise FieldError("asset", "unknown_asset", env._("There is no such asset."))
    if len(assets) > 1:
        raise FieldError("asset", "ambiguous_asset", env._("Several assets have this %s: name one by id.", attribute))
    return assets


def _find_contact(client, email):
    """The client's contact with this address, else the client itself."""
    if not email:
        return client
    # sudo: a client's user does not see all contacts of its company.
    contact = client.sudo().search(
        [("commercial_partner_id", "=", client.id), ("email_normalized", "=", email)], order="id", limit=1
    )
    return contact.with_env(client.env) or client
