"""Tickets of the key's client."""

import logging
from http import HTTPStatus
from urllib.parse import quote

from odoo import http
from odoo.http import request

from ...services.api import tickets, view
from ..dispatcher import as_problem
from ..errors import Problem
from ..paging import paginate
from ..reading import validate
from ..route import ROOT, Answer, api_route
from ..schemas.common import list_of
from ..schemas.tickets import BatchIn, BatchOut, ReopenIn, TicketIn, TicketOut, TicketQuery

_logger = logging.getLogger(__name__)

TicketList = list_of(TicketOut)
BATCH_LIMIT = 4 * 1024 * 1024
PRIORITY_KEYS = {name: key for key, name in view.PRIORITIES.items()}


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
        """The ticket comes to the team of the key, into the first stage that the team's tickets have."""
        ticket = tickets.open_ticket(api_key, _make_draft(body))
        return Answer(render_ticket(ticket), 201, get_address(ticket))

    @api_route(
        "/tickets/batch",
        method="POST",
        scope="tickets:write",
        body=BatchIn,
        answer=BatchOut,
        body_limit=BATCH_LIMIT,
        summary="Open many tickets",
        tag="Tickets",
    )
    def create_tickets(self, api_key, body):
        """Up to 100 tickets, each with a result of its own: one that is refused does not keep the others out.

        The answer is 200 when all was looked at, so look at each `status`. Sent again with the same
        `Idempotency-Key`, nothing is opened twice.
        """
        found = [_read_item(api_key, item) for item in body.items]
        good = [item for item in found if isinstance(item, TicketIn)]
        opened = iter(tickets.open_tickets(api_key, [_make_draft(item) for item in good]))
        outcomes = [next(opened) if isinstance(item, TicketIn) else item for item in found]
        return Answer(BatchOut(results=[_render_result(index, outcome) for index, outcome in enumerate(outcomes)]))

    @api_route(
        "/tickets",
        method="GET",
        scope="tickets:read",
        query=TicketQuery,
        answer=TicketList,
        summary="List tickets",
        tag="Tickets",
    )
    def list_tickets(self, api_key, query):
        """The newest first; with `updated_since`, in the order of their changes."""
        domain = get_client_domain(api_key)
        if query.stage:
            domain.append(("stage_id.code", "=", query.stage))
        if query.priority:
            domain.append(("priority", "=", PRIORITY_KEYS[query.priority]))
        if query.external_reference:
            domain.append(("external_reference", "=", query.external_reference))
        found, next_cursor = paginate(api_key.env["helpdesk.ticket"], domain, query)
        return Answer(TicketList(items=view.describe_tickets(found), next_cursor=next_cursor))

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

    @api_route(
        "/tickets/<string:number>/reopen",
        method="POST",
        scope="tickets:write",
        body=ReopenIn,
        answer=TicketOut,
        summary="Reopen a ticket",
        tag="Tickets",
    )
    def reopen_ticket(self, api_key, number, body):
        """Takes the ticket back to where work on it goes on, and keeps the reason as a comment.

        Which stages a client may reopen a ticket from, the lifecycle of its team says; elsewhere the answer is 409
        and tells why.
        """
        ticket = find_ticket(api_key, number)
        tickets.reopen_ticket(ticket, body.reason)
        return Answer(render_ticket(ticket))


def get_client_domain(api_key):
    # Record rules also let followers read tickets of another client. The API does not.
    return [("commercial_partner_id", "=", api_key.partner_id.id)]


def find_ticket(api_key, number):
    """The ticket with this number, if it is one of the key's client; otherwise a 404."""
    domain = [("number", "=", number), *get_client_domain(api_key)]
    ticket = api_key.env["helpdesk.ticket"].search(domain, limit=1)
    if not ticket:
        raise Problem(404, "There is no such ticket.")
    return ticket


def get_address(ticket):
    return f"{ROOT}/tickets/{quote(ticket.number, safe='')}"


def render_ticket(ticket):
    [values] = view.describe_tickets(ticket)
    return TicketOut(**values)


def _make_draft(body):
    return tickets.Draft(
        subject=body.subject,
        description=body.description,
        priority=PRIORITY_KEYS[body.priority],
        asset=body.asset and body.asset.as_pair(),
        contact=body.contact and body.contact.model_dump(),
        external_reference=body.external_reference,
    )


def _read_item(api_key, item):
    """The valid item of a batch, or the problem with it."""
    if isinstance(item, TicketIn):
        return item
    try:
        return validate(TicketIn, item, {"region": api_key.company_id.country_id.code})
    except Problem as problem:
        return problem


def _render_result(index, outcome):
    if not isinstance(outcome, Exception):
        return {"index": index, "status": 201, "ticket": render_ticket(outcome), "problem": None}
    problem = as_problem(outcome)
    if problem.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _logger.error("Item %s of request %s failed", index, request.dispatcher.request_id, exc_info=outcome)
    instance = f"{request.httprequest.path}#/items/{index}"
    described = problem.as_dict(instance, request.dispatcher.request_id)
    return {"index": index, "status": problem.code, "ticket": None, "problem": described}
