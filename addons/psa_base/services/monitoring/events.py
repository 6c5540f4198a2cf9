"""What comes of a monitoring system's messages: devices become assets, alerts become tickets.

Everything here runs as the integration user, with its access rights, and has no second effect when it is done twice.
What only a person can settle is raised as a dead letter that says what to do.
"""

from ...adapters.facts import Device, Notice
from ..asset.devices import find_unchanged_devices, register_device
from .alerts import raise_alert


def handle(connection, event, received_at, message=None):
    """Register the device or raise the alert. Return the values that link the message to what came of it."""
    if isinstance(event, Notice):
        return {}
    if isinstance(event, Device):
        return {"asset_id": register_device(connection, event, received_at).id}
    return raise_alert(connection, event, received_at, message)


def find_unchanged(connection, told):
    """The events of `told` that change nothing: {key: ID of the asset, or False}, in a constant number of queries.

    `told` are (key, event, when it was received).
    """
    unchanged = {key: False for key, event, _received_at in told if isinstance(event, Notice)}
    devices = [each for each in told if isinstance(each[1], Device)]
    if devices:
        unchanged.update(find_unchanged_devices(connection, devices))
    return unchanged
