"""The comments and files on a ticket that its client sees, and those that the client adds.

Tickets come in the environment of a user of the client, so that user's access rights hold.
"""

from ...exceptions import FieldError
from ...tools import file_kinds
from ...tools.html_text import text_to_html

# The messages that the portal's page of a ticket shows to the client's people: no notes, no log.
_COMMENTS = [
    ("message_type", "in", ("comment", "email", "email_outgoing", "auto_comment")),
    ("is_internal", "=", False),
    ("subtype_id", "!=", False),
    ("subtype_id.internal", "=", False),
]


def get_comments_domain(ticket):
    """The messages on the ticket that the client's people see."""
    return [("model", "=", ticket._name), ("res_id", "=", ticket.id), *_COMMENTS]


def filter_comments(messages):
    """Of these messages on tickets, the ones that the client's people see."""
    # sudo: the answer is about the client, and does not depend on what the user who writes may read.
    return messages.sudo().filtered_domain(_COMMENTS)


def post_comment(ticket, body):
    """Post a comment as the client. Followers are notified, and a ticket that waited for an answer moves on."""
    return _post(ticket, body=text_to_html(body))


def post_file(ticket, name, content):
    """Post a file (bytes) as the client, in a message without text, and return the attachment."""
    name = file_kinds.clean_filename(name)
    if not file_kinds.is_acceptable(name, content):
        raise FieldError(
            "file",
            "file_type",
            ticket.env._(
                "A file must be what its name says, and one of: %s. Put anything else into a zip file.",
                ", ".join(file_kinds.ENDINGS),
            ),
        )
    # sudo: clients have no right to attachments, so they could put none on a message; this one is the client's own.
    return _post(ticket.sudo(), attachments=[(name, content)]).attachment_ids


def get_files_domain(ticket):
    """The files that came with messages that the client sees, and those that its people put on the ticket."""
    messages = ticket.env["mail.message"].search(get_comments_domain(ticket))
    return [
        ("type", "=", "binary"),
        ("res_field", "=", False),
        "|",
        # sudo: clients have no right to attachments; they may know of those that belong to messages that they see.
        ("id", "in", messages.sudo().attachment_ids.ids),
        "&",
        "&",
        ("res_model", "=", ticket._name),
        ("res_id", "=", ticket.id),
        ("create_uid", "in", _get_people(ticket).ids),
    ]


def _get_people(ticket):
    # sudo: the client's user may not see which other people of the company have a login.
    users = ticket.env["res.users"].sudo().with_context(active_test=False)
    return users.search([("share", "=", True), ("partner_id", "child_of", ticket.commercial_partner_id.id)])


def _post(ticket, **values):
    # Mail goes out by the mail queue, so that no request waits for a mail server. The program does not become a
    # follower of the ticket. Pictures are stored as they came.
    talk = ticket.with_context(mail_create_nosubscribe=True, mail_notify_force_send=False, image_no_postprocess=True)
    message = talk.message_post(
        message_type="comment", subtype_xmlid="mail.mt_comment", email_add_signature=False, **values
    )
    # sudo: clients have no right to the mail queue; they do not learn from it whether mail goes out.
    if message.sudo().mail_ids:
        ticket._wake_mail_queue()
    return message.with_env(ticket.env)
