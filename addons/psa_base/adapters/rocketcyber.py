"""RocketCyber: its Customer API v3, which can only be read, and relays that post the same incidents to us.

RocketCyber posts nothing itself. A relay signs what it posts by Standard Webhooks.
"""

from ..exceptions import CallError, ErrorClass
from ..tools import standard_webhooks
from ..tools.monitoring.rules import INCIDENT
from ..tools.text import clean_line
from .facts import Alert, Page, Priority
from .reading import make_content_key, read_choice, read_id, read_moment, read_text
from .registry import register
from .rmm_adapter import RmmAdapter

PAGE_SIZE = 200

STATES = {"open": "open", "resolved": "resolved"}
SEVERITIES = {
    "low": Priority.LOW,
    "medium": Priority.NORMAL,
    "high": Priority.ELEVATED,
    "critical": Priority.CRITICAL,
}


@register
class RocketCyberAdapter(RmmAdapter):
    code = "rocketcyber"
    label = "RocketCyber"
    polls = ("alerts",)
    default_base_url = "https://api-us.rocketcyber.com/v3/"
    auth = "bearer"
    needed_paths = (
        "id",
        "status",
        "title",
        "severity",
        "accountName",
        "accountId",
        "affectedDevices",
        "createdAt",
        "updatedAt",
        "resolvedAt",
    )

    def is_genuine(self, headers, raw, secrets, now, tolerance):
        return standard_webhooks.is_genuine(headers, raw, secrets, now, tolerance)

    def get_dedupe_key(self, headers, payload):
        """A key for the state of an incident at one moment, the same whether it was polled or relayed."""
        names = ("id", "status", "updatedAt", "resolvedAt", "createdAt")
        if payload.get("id") is None:
            return f"content:{make_content_key(payload)}"
        stand = make_content_key([payload.get(name) for name in names])
        return f"incident:{clean_line(str(payload['id']))}:{stand}"[:255]

    def get_event_type(self, payload):
        status = payload.get("status")
        return f"Incident {status}" if isinstance(status, str) else "Incident"

    def get_device_key(self, payload):
        """The incident: its messages must be worked in order. It names no device by an identifier."""
        identifier = payload.get("id")
        return f"incident:{clean_line(str(identifier))}"[:255] if identifier is not None else ""

    def parse(self, payload):
        identifier = read_id(payload, "id")
        state = read_choice(payload, "status", STATES)
        return Alert(
            device_identifier="",
            title=read_text(payload, "title"),
            message=_make_message(payload),
            # A security incident without a severity is taken as more than routine.
            priority=read_choice(payload, "severity", SEVERITIES, default=Priority.ELEVATED),
            condition=f"{INCIDENT}{identifier}",
            external_id=identifier,
            occurred_at=_read_occurred_at(payload, state),
            group=read_text(payload, "accountName", required=False),
            organization_id=read_id(payload, "accountId", required=False),
            hostname=_find_only_hostname(payload.get("affectedDevices")),
            state=state,
        )

    def fetch_alerts(self, client, cursor, since, find_known):
        """A page of the open incidents, and after the last of them of those resolved since `since`."""
        walk = cursor or {"status": "open", "page": 1}
        params = {"status": walk["status"], "page": walk["page"], "pageSize": PAGE_SIZE, "sort": "id:asc"}
        if walk["status"] == "resolved":
            params["resolvedAt"] = f"{since:%Y-%m-%dT%H:%M:%SZ}|"
        rows, pages = _read_list(client.request("GET", "incidents", params=params))
        if rows and walk["page"] < pages:
            following = {**walk, "page": walk["page"] + 1}
        else:
            following = {"status": "resolved", "page": 1} if walk["status"] == "open" else None
        known = find_known([self.get_dedupe_key({}, row) for row in rows])
        return Page([row for row in rows if self.get_dedupe_key({}, row) not in known], following)


def _read_occurred_at(payload, state):
    """When the incident reached this state. A reopened incident has to be newer than its resolution."""
    if state == "resolved":
        return read_moment(payload, "resolvedAt")
    return read_moment(payload, "updatedAt") or read_moment(payload, "createdAt")


def _read_list(answer):
    body = answer.json
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise CallError("RocketCyber answered, but not with a list. Check the address.", ErrorClass.TEMPORARY)
    pages = body.get("totalPages")
    return [row for row in rows if isinstance(row, dict)], pages if isinstance(pages, int) else 1


def _make_message(payload):
    description = read_text(payload, "description", required=False, max_length=20_000, multiline=True)
    remediation = read_text(payload, "remediation", required=False, max_length=20_000, multiline=True)
    parts = [description, f"Remediation: {remediation}" if remediation else ""]
    return "\n\n".join(part for part in parts if part) or read_text(payload, "title")


def _find_only_hostname(devices):
    """The host, when the incident names exactly one; empty for several, or for an unknown format."""
    if not isinstance(devices, list) or len(devices) != 1:
        return ""
    [device] = devices
    if isinstance(device, str):
        return clean_line(device)[:255]
    for name in ("hostname", "name"):
        if isinstance(device, dict) and isinstance(device.get(name), str):
            return clean_line(device[name])[:255]
    return ""
