"""Tickets of the key's client."""

from odoo import http
from odoo.tools import html2plaintext

from ...services import client_tickets
from ..errors import Problem
from ..route import ROOT, Answer, api_route
from ..schemas.common import in_utc
from ..schemas.tickets import AssetOut, ContactOut, Sla, Stage, TicketIn, TicketOut

PRIORITIES = {"0": "low", "1": "medium", "2": "high", "3": "critical"}
PRIORITY_KEYS = {name: key for key, name in PRIORITIES.items()}


class TicketRouter(http.Controller):
    @api_route(
        "/tickets",
        method="POST",
        scope="tickets:write",
        body=TicketIn,
        answer=TicketOut,
        status=201,
        summary="Open a ticket",
        tag="Tickets",
    )
    def create_ticket(self, api_key, body):
        ticket = client_tickets.open_ticket(
            api_key,
            subject=body.subject,
            description=body.description,
            priority=PRIORITY_KEYS[body.priority],
            asset=body.asset and body.asset.as_pair(),
            contact=body.contact and body.contact.model_dump(),
            external_reference=body.external_reference,
        )
        return Answer(render_ticket(ticket), 201, f"{ROOT}/tickets/{ticket.number}")

    @api_route(
        "/tickets/<string:number>",
        method="GET",
        scope="tickets:read",
        answer=TicketOut,
        summary="Read a ticket",
        tag="Tickets",
    )
    def get_ticket(self, api_key, number):
        return Answer(render_ticket(find_ticket(api_key, number)))


def find_ticket(api_key, number):
    """The ticket of the key's client; another client's is not there."""
    # the record rules let followers of another client's ticket in, too; the API does not
    ticket = api_key.env["helpdesk.ticket"].search(
        [("number", "=", number), ("commercial_partner_id", "=", api_key.partner_id.id)], limit=1
    )
    if not ticket:
        raise Problem(404, "There is no such ticket.")
    return ticket


def render_ticket(ticket):
    return TicketOut(
        id=ticket.id,
        number=ticket.number,
        subject=ticket.name,
        description=html2plaintext(ticket.description or "").strip(),
        stage=Stage(code=ticket.stage_id.code or None, name=ticket.stage_id.name),
        priority=PRIORITIES[ticket.priority],
        asset=_render_asset(ticket.asset_id),
        contact=_render_contact(ticket),
        external_reference=ticket.external_reference or None,
        sla=[_render_sla(sla) for sla in ticket.ticket_sla_ids if sla.layer == "client"],
        created_at=in_utc(ticket.create_date),
        updated_at=in_utc(ticket.write_date),
        closed_at=in_utc(ticket.closed_date),
    )


def _render_asset(asset):
    return AssetOut(id=asset.id, hostname=asset.name) if asset else None


def _render_contact(ticket):
    """Who reported it: as the reporter gave it, else the contact on the ticket, never the company."""
    person = ticket.partner_id if ticket.partner_id != ticket.commercial_partner_id else ticket.partner_id.browse()
    name = ticket.partner_name or person.name
    if not name:
        return None
    return ContactOut(
        name=name,
        email=ticket.partner_email or person.email or None,
        phone=ticket.partner_phone or person.phone or None,
    )


def _render_sla(sla):
    return Sla(layer=sla.layer, name=sla.name, deadline=in_utc(sla.deadline), state=sla.state)
