"""The events that this addon tells clients' systems of."""

from ..services.client_view import describe_tickets
from ..tools.client_events import register_event
from .schemas.tickets import TicketOut

register_event("ticket.created", "helpdesk.ticket", TicketOut, describe_tickets, "A ticket of the client was opened")
register_event("ticket.stage_changed", "helpdesk.ticket", TicketOut, describe_tickets, "A ticket reached another stage")
