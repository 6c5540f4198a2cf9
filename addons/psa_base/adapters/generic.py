"""The suite's own format, for any sender that can post JSON. It is signed by Standard Webhooks."""

from ..exceptions import PayloadError
from ..tools import standard_webhooks
from ..tools.text import clean_line
from .facts import Alert, Device, Priority
from .reading import read_text
from .registry import register
from .rmm_adapter import RmmAdapter

REGISTERED = "SystemRegistered"
NOTIFICATION = "Notification"

PRIORITIES = {
    "Low": Priority.LOW,
    "Normal": Priority.NORMAL,
    "Elevated": Priority.ELEVATED,
    "Critical": Priority.CRITICAL,
}


@register
class GenericAdapter(RmmAdapter):
    code = "generic"
    label = "Generic (Standard Webhooks)"
    needed_paths = (
        "EventType",
        "SystemIdentifier",
        "Name",
        "Group",
        "CustomFields.Serial",
        "Header",
        "Message",
        "Priority",
    )

    def is_genuine(self, headers, raw, secrets, now, tolerance):
        return standard_webhooks.is_genuine(headers, raw, secrets, now, tolerance)

    def get_dedupe_key(self, headers, payload):
        return headers[standard_webhooks.ID_HEADER]

    def get_event_type(self, payload):
        event_type = payload.get("EventType")
        return event_type if isinstance(event_type, str) else ""

    def get_device_key(self, payload):
        identifier = payload.get("SystemIdentifier")
        return clean_line(identifier)[:255] if isinstance(identifier, str) else ""

    def parse(self, payload):
        event_type = read_text(payload, "EventType")
        if event_type == REGISTERED:
            return self._parse_device(payload)
        if event_type == NOTIFICATION:
            return self._parse_alert(payload)
        raise PayloadError("EventType", f"{REGISTERED} or {NOTIFICATION}")

    def _parse_device(self, payload):
        return Device(
            identifier=read_text(payload, "SystemIdentifier"),
            name=read_text(payload, "Name"),
            group=read_text(payload, "Group"),
            os_info=read_text(payload, "OS", required=False),
            serial_number=read_text(payload, "CustomFields.Serial", required=False),
        )

    def _parse_alert(self, payload):
        priority = PRIORITIES.get(read_text(payload, "Priority"))
        if not priority:
            raise PayloadError("Priority", "Low, Normal, Elevated or Critical")
        return Alert(
            device_identifier=read_text(payload, "SystemIdentifier"),
            title=read_text(payload, "Header"),
            message=read_text(payload, "Message", max_length=20_000, multiline=True),
            priority=priority,
        )
