"""Pulseway: webhooks as the vendor documents them, and its REST API v3.

docs/adapters.md says which of it the vendor documents, which other people's code shows, and which nobody has confirmed.
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC

from ..exceptions import CallError, ErrorClass, PayloadError
from ..tools.text import clean_line
from . import pulseway_polls
from .facts import CREATE_ORGANIZATION, Alert, Device, Notice, Priority, Sent
from .pulseway_polls import fetch_list, read_envelope
from .reading import make_content_key, read_choice, read_id, read_moment, read_text
from .registry import register
from .rmm_adapter import RmmAdapter

SIGNATURE_HEADER = "x-hmac-signature"
WEBHOOKS = "notifications/webhooks"
WORKFLOW_FINISHED = "WorkflowExecutionFinished"

# Fields that change all the time: a device message that differs only in these is the same message.
_PASSING = ("LastSeenOnline", "InMaintenance")

PRIORITIES = {str(priority): priority for priority in Priority}


@register
class PulsewayAdapter(RmmAdapter):
    code = "pulseway"
    label = "Pulseway"
    polls = ("organizations", "devices", "alerts")
    operations = frozenset({CREATE_ORGANIZATION})
    registers_webhooks = True
    default_base_url = "https://api.pulseway.com/v3/"
    auth = "basic"
    # A message tells when the event happened, and not when it was sent, which may be days later. A repeat within this
    # time is recognized by its ID, because messages are kept for at least 7 days.
    tolerance_seconds = 7 * 24 * 60 * 60
    needed_paths = (
        "EventType",
        "Identifier",
        "DeviceIdentifier",
        "ComputerIdentifier",
        "Name",
        "OrganizationName",
        "GroupName",
        "OrganizationId",
        "AssetInfo",
        "Title",
        "Message",
        "Priority",
        "DateTime",
        "LastSeenOnline",
    )

    def is_genuine(self, headers, raw, secrets, now, tolerance):
        """Whether the signature is right and the time in the body is recent.

        The signature covers only the body, so the time in it limits for how long a message can be sent again. Within
        that time, and for messages without a time, the inbox recognizes a repeat by the vendor's ID.
        """
        try:
            offered = base64.b64decode(headers.get(SIGNATURE_HEADER, ""), validate=True)
        except (binascii.Error, ValueError):
            return False
        genuine = False
        for secret in secrets:
            for key in _get_keys(secret):
                genuine |= hmac.compare_digest(hmac.new(key, raw, hashlib.sha256).digest(), offered)
        return genuine and _is_fresh(raw, now, tolerance)

    def get_dedupe_key(self, headers, payload):
        if "Identifier" in payload:
            lasting = {name: value for name, value in payload.items() if name not in _PASSING}
            return f"device:{make_content_key(lasting)}"
        for kind, name in (("workflow", "ExecutionId"), ("notification", "Id")):
            value = payload.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                return f"{kind}:{clean_line(str(value))}"[:255]
        return f"content:{make_content_key(payload)}"

    def get_event_type(self, payload):
        event_type = payload.get("EventType")
        if isinstance(event_type, str):
            return event_type
        return "Device" if "Identifier" in payload else "Notification"

    def get_device_key(self, payload):
        for name in ("DeviceIdentifier", "ComputerIdentifier", "Identifier"):
            if isinstance(payload.get(name), str):
                return clean_line(payload[name])[:255]
        return ""

    def parse(self, payload):
        event_type = self.get_event_type(payload)
        if event_type == WORKFLOW_FINISHED:
            return Notice(clean_line(f"Workflow {payload.get('WorkflowId')}: {payload.get('Status')}"))
        if event_type == "Device":
            return self._parse_device(payload)
        if event_type == "Notification":
            return self._parse_alert(payload)
        raise PayloadError("EventType", f"{WORKFLOW_FINISHED}, or absent")

    def _parse_device(self, payload):
        in_maintenance = payload.get("InMaintenance")
        return Device(
            identifier=read_text(payload, "Identifier"),
            name=read_text(payload, "Name"),
            group=read_text(payload, "OrganizationName", required=False)
            or read_text(payload, "GroupName", required=False),
            os_info=read_text(payload, "Description", required=False),
            serial_number=_find_bios_serial(payload.get("AssetInfo")),
            organization_id=read_id(payload, "OrganizationId", required=False),
            seen_at=read_moment(payload, "LastSeenOnline"),
            in_maintenance=in_maintenance if isinstance(in_maintenance, bool) else None,
        )

    def _parse_alert(self, payload):
        """An Alert of a webhook's body, or of a polled notification, which has no title and another device field."""
        message = read_text(payload, "Message", required=False, max_length=20_000, multiline=True)
        title = read_text(payload, "Title", required=False) or message.partition("\n")[0][:120]
        if not title:
            raise PayloadError("Title", "a text that is not empty")
        device_field = "ComputerIdentifier" if "ComputerIdentifier" in payload else "DeviceIdentifier"
        return Alert(
            device_identifier=read_id(payload, device_field),
            title=title,
            message=message or title,
            priority=read_choice(payload, "Priority", PRIORITIES),
            external_id=read_id(payload, "Id", required=False),
            occurred_at=read_moment(payload, "DateTime"),
            organization_id=read_id(payload, "OrganizationId", required=False),
        )

    def fetch_organizations(self, client, cursor):
        return pulseway_polls.fetch_organizations(client, cursor)

    def fetch_devices(self, client, cursor):
        return pulseway_polls.fetch_devices(client, cursor)

    def fetch_alerts(self, client, cursor, since, find_known):
        return pulseway_polls.fetch_notifications(
            client, cursor, since, lambda row: self.get_dedupe_key({}, row), find_known
        )

    def register_webhook(self, client, name, url):
        """Register the address; a webhook that has it already gets a new key, because the old one cannot be read."""
        known = read_envelope(client.request("GET", WEBHOOKS))
        for row in known if isinstance(known, list) else ():
            if isinstance(row, dict) and row.get("Url") == url:
                answer = client.request("POST", f"{WEBHOOKS}/{row.get('Id')}/regenerateSecretKey")
                break
        else:
            answer = client.request("POST", WEBHOOKS, json=_prepare_webhook(name, url))
        webhook = read_envelope(answer)
        secret = webhook.get("SecretKey") if isinstance(webhook, dict) else None
        if not isinstance(secret, str) or not secret:
            raise CallError("Pulseway took the webhook but did not tell its key.", ErrorClass.UNKNOWN_OUTCOME)
        return secret

    def send(self, client, outgoing):
        """Create an organization, unless there is one with this name, which a person may have made."""
        if found := self.look_up(client, outgoing):
            return found
        name = outgoing.payload["name"]
        created = read_envelope(client.request("POST", "organizations", json={"Name": name}))
        identifier = created.get("Id") if isinstance(created, dict) else None
        if identifier:
            return Sent(str(identifier), {"name": name})
        if found := self.look_up(client, outgoing):
            return found
        raise CallError("Pulseway took the organization but did not tell its ID.", ErrorClass.UNKNOWN_OUTCOME)

    def look_up(self, client, outgoing):
        name = outgoing.payload["name"]
        quoted = name.replace("'", "''")
        found, skip = [], 0
        while skip is not None:
            # A server that ignores the filter answers with all organizations, so names are compared on every page.
            rows, skip, _total = fetch_list(client, "organizations", skip, {"$filter": f"Name eq '{quoted}'"})
            found += [row for row in rows if _is_same_name(row.get("Name"), name)]
        if len(found) > 1:
            raise CallError(
                f"Pulseway has {len(found)} organizations named '{name}'. Link the right one by its ID.",
                ErrorClass.NEEDS_PERSON,
            )
        return Sent(read_id(found[0], "Id"), {"name": name, "existed": True}) if found else None


def _prepare_webhook(name, url):
    return {
        "Name": name,
        "Description": "Alerts become tickets of the service desk.",
        "Priorities": [str(priority).capitalize() for priority in Priority],
        "OrganizationIds": None,
        "Headers": {},
        "Url": url,
        # Titles differ by language, and the conditions of alerts are made of them.
        "Language": "en",
    }


def _get_keys(secret):
    """The key as text and as bytes: the vendor does not say which of them signs."""
    yield secret.encode()
    try:
        yield bytes.fromhex(secret)
    except ValueError:
        return


def _is_fresh(raw, now, tolerance):
    try:
        payload = json.loads(raw)
        moment = read_moment(payload, "DateTime")
    except (PayloadError, RecursionError, ValueError):
        return True  # The signature is right, so `parse` may say later what is wrong with the message.
    return moment is None or abs(now - moment.replace(tzinfo=UTC).timestamp()) <= tolerance


def _find_bios_serial(categories):
    """The serial number of the machine. (That of the category "Operating System" is the number of a licence.)"""
    for category in categories if isinstance(categories, list) else ():
        if isinstance(category, dict) and category.get("CategoryName") == "BIOS":
            return read_text(category, "CategoryData.Serial Number", required=False)
    return ""


def _is_same_name(theirs, ours):
    return isinstance(theirs, str) and clean_line(theirs).casefold() == clean_line(ours).casefold()
