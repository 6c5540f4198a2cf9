"""What comes of a monitoring system's messages: devices become assets, alerts become tickets.

Everything here runs as the integration user, under its access rights, and can be done twice
without a second effect. What only a person can settle is raised as a dead letter that says how.
"""

from ..adapters.rmm_adapter import Device, Notice
from .alert_intake import raise_alert
from .device_intake import register_device


def handle(connection, event, received_at, message=None):
    """Do what the event asks for; return the values that link the message to it."""
    if isinstance(event, Notice):
        return {}
    if isinstance(event, Device):
        return {"asset_id": register_device(connection, event, received_at).id}
    return raise_alert(connection, event, received_at, message)
