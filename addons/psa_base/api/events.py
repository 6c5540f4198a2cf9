"""The events of this addon that clients' systems are told of."""

from ..services.api.view import describe_new_comments, describe_tickets
from ..tools.webhook.events import register_event
from .schemas.comments import NewCommentOut
from .schemas.tickets import TicketOut


def _find_ticket(message):
    return message.env["helpdesk.ticket"].browse(message.res_id)


register_event("ticket.created", "helpdesk.ticket", TicketOut, describe_tickets, "A ticket of the client was opened")
register_event("ticket.stage_changed", "helpdesk.ticket", TicketOut, describe_tickets, "A ticket reached another stage")
register_event(
    "ticket.commented",
    "mail.message",
    NewCommentOut,
    describe_new_comments,
    "Somebody said something on a ticket, or put a file on it",
    find_subject=_find_ticket,
)
