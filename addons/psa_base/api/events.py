"""The events that this addon tells clients' systems of."""

from ..tools.client_events import register_event
from .routers.tickets import render_ticket
from .schemas.tickets import TicketOut

register_event("ticket.created", "helpdesk.ticket", TicketOut, render_ticket, "A ticket of the client was opened")
register_event("ticket.stage_changed", "helpdesk.ticket", TicketOut, render_ticket, "A ticket reached another stage")
