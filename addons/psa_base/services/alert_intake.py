"""What comes of an alert of a monitoring system: a ticket on the device's asset.

Everything here runs as the integration user, under its access rights. What only a person can settle is raised as a
dead letter that says how.
"""

from odoo.tools import plaintext2html

from ..adapters.rmm_adapter import Priority
from ..exceptions import DeadLetter
from .device_intake import find_asset_by_identifier

TICKET_PRIORITIES = {
    Priority.LOW: "0",
    Priority.NORMAL: "1",
    Priority.ELEVATED: "2",
    Priority.CRITICAL: "3",
}


def raise_alert(connection, alert):
    """A ticket on the device's asset, for the device's client and the connection's team."""
    env = connection.env
    asset = find_asset_by_identifier(connection, alert.device_identifier)
    if not asset:
        raise DeadLetter(
            env._(
                "No asset has the monitoring ID %s. Let the device register, or enter the ID on its "
                "asset, then replay.",
                alert.device_identifier,
            ),
            mend="find_device",
            identifier=alert.device_identifier,
            hostname="",
        )
    return (
        env["helpdesk.ticket"]
        .with_context(mail_create_nosubscribe=True)
        .create(
            {
                "name": alert.title,
                "description": plaintext2html(alert.message),
                "priority": TICKET_PRIORITIES[alert.priority],
                "team_id": connection.team_id.id,
                "partner_id": asset.partner_id.id,
                "asset_id": asset.id,
                "channel_id": env.ref("psa_base.helpdesk_ticket_channel_monitoring").id,
                "company_id": connection.company_id.id,
                "user_id": False,
            }
        )
    )
