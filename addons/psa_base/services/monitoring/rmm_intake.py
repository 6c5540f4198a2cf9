"""What comes of a monitoring system's messages: devices become assets, alerts become tickets.

Everything here runs as the integration user, under its access rights, and can be done twice
without a second effect. What only a person can settle is raised as a dead letter that says how.
"""

from ...adapters.facts import Device, Notice
from ..asset import device_intake
from .alert_intake import raise_alert


def handle(connection, event, received_at, message=None):
    """Do what the event asks for; return the values that link the message to it."""
    if isinstance(event, Notice):
        return {}
    if isinstance(event, Device):
        return {"asset_id": device_intake.register_device(connection, event, received_at).id}
    return raise_alert(connection, event, received_at, message)


def find_unchanged(connection, told):
    """Which events of `told`, (key, event, when it was received), change nothing: by key, the ID of the asset, if any.

    A constant number of queries for any number of events.
    """
    unchanged = {key: False for key, event, _received_at in told if isinstance(event, Notice)}
    devices = [each for each in told if isinstance(each[1], Device)]
    if devices:
        unchanged.update(device_intake.find_unchanged(connection, devices))
    return unchanged
