"""Tinkerbell: hosts and alerts of a vendor that does not exist. docs/adapters.md shows this file."""

from odoo.addons.psa_base.adapters.facts import Alert, Device, Page, Priority
from odoo.addons.psa_base.adapters.reading import make_content_key, read_choice, read_id, read_text
from odoo.addons.psa_base.adapters.rmm_adapter import RmmAdapter
from odoo.addons.psa_base.tools import standard_webhooks

LEVELS = {"info": Priority.LOW, "warning": Priority.NORMAL, "critical": Priority.CRITICAL}


class TinkerbellAdapter(RmmAdapter):
    code = "tinkerbell"
    label = "Tinkerbell"
    polls = ("devices",)
    default_base_url = "https://api.tinkerbell.example/v1"

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
        page = cursor["page"] if cursor else 1
        answer = client.request("GET", "hosts", params={"page": page}).json
        return Page(answer["hosts"], {"page": page + 1} if answer["more"] else None)
