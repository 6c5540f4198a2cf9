"""Files on the tickets of the key's client."""

from odoo import http

from ...services.api import conversation, view
from ...tools.file_kinds import get_media_type
from ..errors import Problem
from ..paging import paginate
from ..route import Answer, FileAnswer, Upload, api_route
from ..schemas.comments import AttachmentOut, AttachmentQuery
from ..schemas.common import list_of
from .tickets import find_ticket, get_address

AttachmentList = list_of(AttachmentOut)


class AttachmentRouter(http.Controller):
    @api_route(
        "/tickets/<string:number>/attachments",
        method="POST",
        scope="tickets:write",
        upload=Upload(),
        answer=AttachmentOut,
        status=201,
        summary="Add a file to a ticket",
        tag="Attachments",
    )
    def add_attachment(self, api_key, number, upload):
        """Pictures, documents, logs and archives of up to 10 MiB; no web pages, scripts or programs.

        The people who work on the ticket are told of it, as of a comment.
        """
        ticket = find_ticket(api_key, number)
        attachment = conversation.post_file(ticket, upload.filename, upload.content)
        [rendered] = _render(attachment)
        return Answer(rendered, 201, f"{get_address(ticket)}/attachments/{attachment.id}")

    @api_route(
        "/tickets/<string:number>/attachments",
        method="GET",
        scope="tickets:read",
        query=AttachmentQuery,
        answer=AttachmentList,
        summary="List the files on a ticket",
        tag="Attachments",
    )
    def list_attachments(self, api_key, number, query):
        """What came with comments, and what the client's people put on the ticket, the newest first."""
        attachments, next_cursor = paginate(*_get_files(api_key, number), query)
        return Answer(AttachmentList(items=_render(attachments), next_cursor=next_cursor))

    @api_route(
        "/tickets/<string:number>/attachments/<int:attachment_id>",
        method="GET",
        scope="tickets:read",
        answer="*/*",
        summary="Download a file",
        tag="Attachments",
    )
    def get_attachment(self, api_key, number, attachment_id):
        files, domain = _get_files(api_key, number)
        attachment = files.search([("id", "=", attachment_id), *domain])
        if not attachment:
            raise Problem(404, "There is no such file on this ticket.")
        return FileAnswer(attachment.raw or b"", get_media_type(attachment.name), attachment.name)


def _get_files(api_key, number):
    domain = conversation.get_files_domain(find_ticket(api_key, number))
    # sudo: clients have no right to attachments; the domain finds only those that the ticket's client may know.
    return api_key.env["ir.attachment"].sudo(), domain


def _render(attachments):
    return [AttachmentOut(**values) for values in view.describe_files(attachments)]
