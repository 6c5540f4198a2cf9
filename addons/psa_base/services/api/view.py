"""What a client may know of its tickets and assets, as plain data that is fit for JSON.

The answers of the REST API and the messages of outbound webhooks are made here, so they say the same. Callers have
found the records by the client's own rights, or act for that client. From here on rights are not asked again: fields
are read under sudo, for all records at once.
"""

from odoo.tools.mail import email_split_tuples

from ...tools.file_kinds import get_media_type
from ...tools.html_text import html_to_text
from ...tools.text import to_rfc3339

PRIORITIES = {"0": "low", "1": "medium", "2": "high", "3": "critical"}


def describe_tickets(tickets):
    return [_describe_ticket(ticket) for ticket in _read_all(tickets)]


def describe_assets(assets):
    return [
        {
            "id": asset.id,
            "hostname": asset.name,
            "serial_number": asset.serial_number or None,
            "os": asset.os_info or None,
            "state": asset.state,
            "assigned_to": asset.assigned_user_id.name or None,
            "last_audit_at": to_rfc3339(asset.last_audit),
            "created_at": to_rfc3339(asset.create_date),
            "updated_at": to_rfc3339(asset.write_date),
        }
        for asset in _read_all(assets)
    ]


def describe_comments(messages, client):
    return [_describe_comment(message, client) for message in _read_all(messages)]


def describe_new_comments(messages):
    """The comments, each with the ticket that it is on."""
    messages = _read_all(messages)
    tickets = messages.env["helpdesk.ticket"].browse(messages.mapped("res_id"))
    return [
        {
            "ticket": {
                "id": ticket.id,
                "number": ticket.number,
                "external_reference": ticket.external_reference or None,
            },
            "comment": _describe_comment(message, ticket.commercial_partner_id),
        }
        for message, ticket in zip(messages, tickets, strict=True)
    ]


def describe_files(attachments):
    return [
        {
            "id": attachment.id,
            "filename": attachment.name,
            "media_type": get_media_type(attachment.name),
            "size": attachment.file_size,
            "created_at": to_rfc3339(attachment.create_date),
        }
        for attachment in attachments
    ]


def get_phone(person):
    """A person's phone number in E.164, or as it was entered if it is not a number that can be called."""
    return (person and person._phone_format(fname="phone")) or person.phone or None


def _read_all(records):
    # sudo: the records were found by the client's rights or for the client, and only what is described goes out.
    return records.sudo()


def _describe_ticket(ticket):
    stage, asset = ticket.stage_id, ticket.asset_id
    return {
        "id": ticket.id,
        "number": ticket.number,
        "subject": ticket.name,
        "description": html_to_text(ticket.description),
        "stage": {"code": stage.code or None, "name": stage.name or ""},
        "priority": PRIORITIES.get(ticket.priority, "medium"),
        "asset": {"id": asset.id, "hostname": asset.name} if asset else None,
        "contact": _describe_contact(ticket),
        "external_reference": ticket.external_reference or None,
        "sla": [_describe_sla(row) for row in ticket.ticket_sla_ids if row.layer == "client"],
        "created_at": to_rfc3339(ticket.create_date),
        "updated_at": to_rfc3339(ticket.write_date),
        # OCA leaves the date of the last closing on a ticket that is opened again.
        "closed_at": to_rfc3339(stage.closed and ticket.closed_date),
    }


def _describe_contact(ticket):
    """Who reported the ticket: the name given with it, else its contact; None when that is the company itself."""
    person = ticket.partner_id if ticket.partner_id != ticket.commercial_partner_id else ticket.partner_id.browse()
    name = ticket.partner_name or person.name
    if not name:
        return None
    return {
        "name": name,
        "email": ticket.partner_email or person.email or None,
        "phone": ticket.partner_phone or get_phone(person),
    }


def _describe_sla(row):
    return {"layer": row.layer, "name": row.name, "deadline": to_rfc3339(row.deadline), "state": row.state}


def _describe_comment(message, client):
    return {
        "id": message.id,
        "author": _describe_author(message, client),
        "body": html_to_text(message.body),
        "attachments": describe_files(message.attachment_ids.filtered(lambda file: file.type == "binary")),
        "created_at": to_rfc3339(message.date),
    }


def _describe_author(message, client):
    """The author's name. Mail from an unknown address has the name that is written with it, else the address."""
    author = message.author_id
    if author:
        return {"name": author.name or None, "is_client": author.commercial_partner_id == client}
    [(name, address)] = email_split_tuples(message.email_from or "")[:1] or [("", "")]
    return {"name": name or address or None, "is_client": False}
