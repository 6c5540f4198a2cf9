"""A vendor that does not exist: the adapter that docs/adapters.md shows, as a test has it."""

from ..adapters.rmm_adapter import (
    Alert,
    Device,
    Page,
    Priority,
    RmmAdapter,
    make_content_key,
    read_choice,
    read_id,
    read_text,
)
from ..tools import standard_webhooks

LEVELS = {"info": Priority.LOW, "warning": Priority.NORMAL, "critical": Priority.CRITICAL}


class TinkerbellAdapter(RmmAdapter):
    code = "tinkerbell"
    label = "Tinkerbell"
    polls = ("devices",)

    def is_genuine(self, headers, raw, secrets, now, tolerance):
        return standard_webhooks.is_genuine(headers, raw, secrets, now, tolerance)

    def get_dedupe_key(self, headers, payload):
        return f"alert:{payload['n']}" if payload.get("n") else f"content:{make_content_key(payload)}"

    def get_event_type(self, payload):
        return "alert" if "what" in payload else "host"

    def get_device_key(self, payload):
        host = payload.get("host")
        return host if isinstance(host, str) else ""

    def parse(self, payload):
        if self.get_event_type(payload) == "host":
            return Device(read_id(payload, "host"), read_text(payload, "name"), read_text(payload, "client"))
        title = read_text(payload, "what")
        return Alert(read_id(payload, "host"), title, title, read_choice(payload, "level", LEVELS))

    def fetch_devices(self, client, cursor):
        client.request("POST", "hosts", json=cursor or {})
        return Page([{"host": "tb-1", "name": "FRONTDESK-01", "client": "Northwind Dental"}])
