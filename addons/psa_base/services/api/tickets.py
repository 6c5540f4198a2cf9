"""Tickets that a client's own program opens or reopens. Clients may read tickets, and have no right to write them."""

from collections import defaultdict
from dataclasses import dataclass

from psycopg2 import DataError, IntegrityError
from psycopg2.errors import ProgramLimitExceeded

from odoo.exceptions import UserError
from odoo.tools.sql import escape_psql

from ...exceptions import FieldError
from ...series import AND, OR
from ...tools.html_text import text_to_html
from .conversation import post_comment

ASSET_FIELDS = {"id": "id", "hostname": "name", "serial_number": "serial_number"}

# Errors that are about one ticket. After any other database error Odoo starts the whole request again.
_REFUSALS = (UserError, IntegrityError, DataError, ProgramLimitExceeded)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a program says of a ticket to open; all text is clean.

    `priority` is a key of the ticket's priority, `asset` an (attribute, value) pair or None, `contact` a dict of name,
    email and phone, or None.
    """

    subject: str
    description: str
    priority: str
    asset: tuple | None = None
    contact: dict | None = None
    external_reference: str | None = None


def open_ticket(api_key, draft):
    """Open a ticket of the key's client in the key's team. `api_key` comes in the environment of its own user."""
    [values] = _prepare_tickets(api_key, [draft])
    if isinstance(values, FieldError):
        raise values
    return _create(api_key, [values])


def open_tickets(api_key, drafts):
    """Open a ticket for each draft: a list of the tickets, with an error in the place of each that was refused."""
    prepared = _prepare_tickets(api_key, drafts)
    results = iter(_create_each(api_key, [values for values in prepared if not isinstance(values, FieldError)]))
    return [values if isinstance(values, FieldError) else next(results) for values in prepared]


def reopen_ticket(ticket, reason):
    """Reopen a ticket as the client, and keep the reason as a comment. UserError if the lifecycle forbids it."""
    stage = ticket._get_lifecycle()._get_way_back(ticket.stage_id)
    if not stage:
        raise UserError(
            ticket.env._(
                "%(ticket)s cannot be reopened from the stage %(stage)s. Open a new ticket that refers to it.",
                ticket=ticket.number,
                stage=ticket.stage_id.name,
            )
        )
    # sudo: clients have no right to write tickets. The lifecycle still checks the move for the role of this user.
    ticket.sudo().stage_id = stage
    post_comment(ticket, reason)


def _create_each(api_key, vals_list):
    """Create all tickets at once. If that is refused, create them one by one to learn which one it is about."""
    try:
        return _create_safely(api_key, vals_list)
    except _REFUSALS as error:
        if len(vals_list) == 1:
            return [error]
    return [result for values in vals_list for result in _create_each(api_key, [values])]


def _create_safely(api_key, vals_list):
    with api_key.env.cr.savepoint():
        return list(_create(api_key, vals_list))


def _create(api_key, vals_list):
    # sudo: clients have no right to create tickets. Each value is fixed here or was checked.
    tickets = api_key.env["helpdesk.ticket"].sudo().with_context(mail_create_nosubscribe=True)
    return tickets.create(vals_list).with_env(api_key.env)


def _prepare_tickets(api_key, drafts):
    """The values of each ticket, or the error that says what is wrong. All assets and contacts cost one query each."""
    env, client = api_key.env, api_key.partner_id
    assets = _find_assets(env, client, {draft.asset for draft in drafts if draft.asset})
    contacts = _find_contacts(client, {draft.contact["email"] for draft in drafts if draft.contact} - {None})
    fixed = {
        "team_id": api_key.team_id.id,
        "company_id": api_key.company_id.id,
        "channel_id": env["ir.model.data"]._xmlid_to_res_id("psa_base.helpdesk_ticket_channel_api"),
        "user_id": False,
    }
    return [_prepare_ticket(client, draft, assets, contacts, fixed) for draft in drafts]


def _prepare_ticket(client, draft, assets, contacts, fixed):
    asset = assets[draft.asset] if draft.asset else None
    if isinstance(asset, FieldError):
        return asset
    contact = draft.contact or {}
    return {
        **fixed,
        "name": draft.subject,
        "description": text_to_html(draft.description),
        "priority": draft.priority,
        "partner_id": contacts.get(contact.get("email"), client).id,
        "partner_name": contact.get("name"),
        "partner_email": contact.get("email"),
        "partner_phone": contact.get("phone"),
        "asset_id": asset.id if asset else False,
        "external_reference": draft.external_reference,
    }


def _find_assets(env, client, references):
    """{(attribute, value): the client's asset, or a FieldError}. Assets of other clients are unknown, too."""
    if not references:
        return {}
    named = [
        [(ASSET_FIELDS[attribute], "=", value)]
        if attribute == "id"
        else [(ASSET_FIELDS[attribute], "=ilike", escape_psql(value))]
        for attribute, value in references
    ]
    found = defaultdict(env["psa.asset"].browse)
    for asset in env["psa.asset"].search(AND([[("partner_id", "=", client.id)], OR(named)])):
        for attribute, name in ASSET_FIELDS.items():
            found[attribute, _fold(asset[name])] |= asset
    return {
        (attribute, value): _choose_asset(env, attribute, found[attribute, _fold(value)])
        for attribute, value in references
    }


def _choose_asset(env, attribute, assets):
    if not assets:
        return FieldError("asset", "unknown_asset", env._("There is no such asset."))
    if len(assets) > 1:
        text = env._("Several assets have this %s: name one by id.", attribute)
        return FieldError("asset", "ambiguous_asset", text)
    return assets


def _fold(value):
    return value.lower() if isinstance(value, str) else value


def _find_contacts(client, emails):
    """{address: the client's contact}."""
    if not emails:
        return {}
    # sudo: the key's user may not see all contacts of its company.
    contacts = client.sudo().search(
        [("commercial_partner_id", "=", client.id), ("email_normalized", "in", list(emails))], order="id desc"
    )
    # Of several contacts with one address the oldest counts: it comes last, and so stays in the dictionary.
    return {contact.email_normalized: contact.with_env(client.env) for contact in contacts}
