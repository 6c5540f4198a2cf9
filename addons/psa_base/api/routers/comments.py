"""Comments on the tickets of the key's client."""

from odoo import http

from ...services.api import conversation, view
from ..paging import paginate
from ..route import Answer, api_route
from ..schemas.comments import CommentIn, CommentOut, CommentQuery
from ..schemas.common import list_of
from .tickets import find_ticket

CommentList = list_of(CommentOut)


class CommentRouter(http.Controller):
    @api_route(
        "/tickets/<string:number>/comments",
        method="POST",
        scope="tickets:write",
        body=CommentIn,
        answer=CommentOut,
        status=201,
        summary="Comment on a ticket",
        tag="Comments",
    )
    def add_comment(self, api_key, number, body):
        """The people who work on the ticket are told of it. Where the ticket waits for the client, it goes on."""
        ticket = find_ticket(api_key, number)
        [comment] = _render(conversation.post_comment(ticket, body.body), api_key)
        return Answer(comment, 201)

    @api_route(
        "/tickets/<string:number>/comments",
        method="GET",
        scope="tickets:read",
        query=CommentQuery,
        answer=CommentList,
        summary="List the comments on a ticket",
        tag="Comments",
    )
    def list_comments(self, api_key, number, query):
        """What the client's people and the service desk said to each other, the newest first."""
        domain = conversation.get_comments_domain(find_ticket(api_key, number))
        messages, next_cursor = paginate(api_key.env["mail.message"], domain, query)
        return Answer(CommentList(items=_render(messages, api_key), next_cursor=next_cursor))


def _render(messages, api_key):
    return [CommentOut(**values) for values in view.describe_comments(messages, api_key.partner_id)]
