"""What a client and the desk say to each other on a ticket, as far as the client sees it; and what the client adds.

The ticket is in the environment of a user of the client, whose access rights hold.
"""

from ...exceptions import FieldError
from ...tools import file_kinds
from ...tools.html_text import text_to_html

# What the client's people see on the portal's page of a ticket: no note, no log.
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
    """Those that the client's people see, of messages on tickets."""
    # sudo: judged for the client, whoever writes them.
    return messages.sudo().filtered_domain(_COMMENTS)


def post_comment(ticket, body):
    """Say something as the client: followers hear of it, and the ticket goes on where it waited for an answer."""
    return _post(ticket, body=text_to_html(body))


def post_file(ticket, name, content):
    """Give the desk a file (bytes), with a message that has nothing else; the attachment."""
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
    # sudo: clients read no attachments, so they can put none on a message; this one is the client's own.
    return _post(ticket.sudo(), attachments=[(name, content)]).attachment_ids


def get_files_domain(ticket):
    """What came with messages that the client sees, and what its people put on the ticket themselves."""
    messages = ticket.env["mail.message"].search(get_comments_domain(ticket))
    return [
        ("type", "=", "binary"),
        ("res_field", "=", False),
        "|",
        # sudo: clients read no attachments; those of messages that they see are theirs to know.
        ("id", "in", messages.sudo().attachment_ids.ids),
        "&",
        "&",
        ("res_model", "=", ticket._name),
        ("res_id", "=", ticket.id),
        ("create_uid", "in", _get_people(ticket).ids),
    ]


def _get_people(ticket):
    # sudo: clients do not see who else of their company has a login.
    users = ticket.env["res.users"].sudo().with_context(active_test=False)
    return users.search([("share", "=", True), ("partner_id", "child_of", ticket.commercial_partner_id.id)])


def _post(ticket, **values):
    # by the mail queue, so that nobody waits for a mail server; a program follows no ticket; files stay as they are
    talk = ticket.with_context(mail_create_nosubscribe=True, mail_notify_force_send=False, image_no_postprocess=True)
    message = talk.message_post(
        message_type="comment", subtype_xmlid="mail.mt_comment", email_add_signature=False, **values
    )
    # sudo: whether mail goes out is not for clients to read.
    if message.sudo().mail_ids:
        ticket._wake_mail_queue()
    return message.with_env(ticket.env)
