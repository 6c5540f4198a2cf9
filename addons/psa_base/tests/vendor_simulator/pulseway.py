"""Pulseway's REST API v3 and its webhooks."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from itertools import count

from .answers import Answer
from .odata import NotOdata, select

_NAMESPACE = uuid.UUID("5f0f5c0e-0000-4000-8000-000000000000")
_DEVICE_LIST = (
    *("Identifier", "Name", "GroupId", "GroupName", "SiteId", "SiteName"),
    *("OrganizationId", "OrganizationName", "IsAgentInstalled", "IsMdmEnrolled", "HasCustomFields"),
)


class Pulseway:
    """What one Pulseway server knows. Tests add to it and look into it; all of it is plain data."""

    def __init__(self):
        self.credentials = [("sim-token-id", "sim-token-secret")]
        self.organizations, self.devices, self.notifications, self.webhooks = [], {}, [], {}
        self.creates_organizations = True
        self.shows_maintenance_in_list = False
        self.clock_skew = 0
        self.created_names = []
        self._sorted = (None, [])
        self._lock = threading.RLock()
        self._ids = count(4821)
        self._notification_ids = count(88121)

    # -- what tests and demos put in

    def count_from(self, first_id):
        """Another run meets a suite that knows the IDs of the run before."""
        self._ids = count(first_id)

    def add_organization(self, name, identifier=None):
        with self._lock:
            row = {
                "Id": identifier or next(self._ids),
                "Name": name,
                "HasCustomFields": False,
                "PsaMappingId": None,
                "PsaMappingType": None,
            }
            self.organizations.append(row)
            return row["Id"]

    def add_device(self, name, organization_id=None, *, identifier=None, serial="", os="", **values):
        """A device with an agent, or without when `has_asset=False`; `values` overrule its fields."""
        with self._lock:
            organization = next((row for row in self.organizations if row["Id"] == organization_id), {})
            identifier = identifier or str(uuid.uuid4())
            self.devices[identifier] = {
                "Identifier": identifier,
                "Name": name,
                "GroupId": 1,
                "GroupName": "Workstations",
                "SiteId": 1,
                "SiteName": "Head office",
                "OrganizationId": organization_id,
                "OrganizationName": organization.get("Name", ""),
                "IsAgentInstalled": True,
                "IsMdmEnrolled": False,
                "HasCustomFields": False,
                "Description": os,
                "IsOnline": True,
                "InMaintenance": False,
                "LastSeenOnline": self._now(),
                "serial": serial,
                "has_asset": True,
                **values,
            }
            return identifier

    def add_fleet(self, devices, organizations=1):
        """Many devices with names and ids that are the same in every run."""
        ids = [self.add_organization(f"Client {number:05d}") for number in range(1, organizations + 1)]
        for number in range(devices):
            self.add_device(
                f"PC-{number:06d}",
                ids[number % len(ids)],
                identifier=str(uuid.uuid5(_NAMESPACE, str(number))),
                serial=f"SN{number:08d}",
                os="Windows 11 Pro",
            )
        return ids

    def add_notification(self, title, message, device, priority="Critical", **values):
        """Something that the server tells; returns it as a webhook would carry it."""
        with self._lock:
            row = {
                "Id": next(self._notification_ids),
                "Title": title,
                "Message": message,
                "DateTime": self._now(),
                "Priority": priority,
                "DeviceIdentifier": device,
                "OrganizationId": self.devices.get(device, {}).get("OrganizationId"),
                **values,
            }
            self.notifications.append(row)
            return row

    def deliver(self, notification):
        """Post it to every webhook that is registered and wants it; returns the statuses."""
        statuses = []
        for webhook in list(self.webhooks.values()):
            if notification["Priority"].capitalize() not in webhook["Priorities"]:
                continue
            headers = webhook.get("Headers") or {}
            statuses.append(post_signed(webhook["Url"], webhook["SecretKey"], notification, headers))
        return statuses

    # -- what the vendor's API does

    def handle(self, request, path):
        if not self._is_authorized(request):
            return _error(401, "Authentication failed.")
        with self._lock:
            try:
                return self._route(request, [part for part in path.split("/") if part])
            except NotOdata as error:
                return _error(400, str(error))

    def _route(self, request, parts):
        match request.method, parts:
            case "GET", ["organizations"]:
                return self._list(request, self.organizations)
            case "POST", ["organizations"]:
                return self._create_organization(request)
            case "GET", ["organizations", identifier]:
                return _one(next((row for row in self.organizations if str(row["Id"]) == identifier), None))
            case "GET", ["devices"]:
                return self._list(request, self._sort(request), show=self._show_in_list)
            case "GET", ["devices", identifier]:
                return _one(self._show_device(identifier))
            case "GET", ["assets"]:
                with_agent = [device for device in self._sort(request) if device["has_asset"]]
                return self._list(request, with_agent, show=_show_asset)
            case "GET", ["assets", identifier]:
                device = self.devices.get(identifier)
                return _one(device and _show_asset(device))
            case "GET", ["notifications"]:
                return self._list(request, self.notifications, show=_show_notification)
            case _, ["notifications", "webhooks", *rest]:
                return self._route_webhooks(request, rest)
            case "GET", ["notifications", identifier]:
                row = next((row for row in self.notifications if str(row["Id"]) == identifier), None)
                return _one(row and _show_notification_in_detail(row))
        known = {"organizations", "devices", "assets", "notifications"}
        return _error(405, "Method not allowed.") if parts and parts[0] in known else _error(404, "Not found.")

    def _route_webhooks(self, request, rest):
        match request.method, rest:
            case "GET", []:
                return envelope([_hide_secret(webhook) for webhook in self.webhooks.values()], len(self.webhooks))
            case "POST", []:
                if not isinstance(request.json, dict) or not request.json.get("Url"):
                    return _error(400, "Url is required.")
                webhook = {**request.json, "Id": next(self._ids), "SecretKey": secrets.token_hex(32)}
                self.webhooks[webhook["Id"]] = webhook
                return envelope(webhook)
            case method, [identifier, *action] if identifier.isdigit() and int(identifier) in self.webhooks:
                return self._change_webhook(method, int(identifier), action, request)
        return _error(404, "Not found.")

    def _change_webhook(self, method, identifier, action, request):
        webhook = self.webhooks[identifier]
        if action == ["regenerateSecretKey"] and method == "POST":
            webhook["SecretKey"] = secrets.token_hex(32)
            return envelope(webhook)
        if method == "PUT":
            webhook.update({**(request.json or {}), "Id": identifier, "SecretKey": webhook["SecretKey"]})
        elif method == "DELETE":
            del self.webhooks[identifier]
        elif method != "GET":
            return _error(405, "Method not allowed.")
        return envelope(_hide_secret(webhook))

    def _create_organization(self, request):
        if not self.creates_organizations:
            return _error(405, "Method not allowed.")
        name = request.json.get("Name") if isinstance(request.json, dict) else None
        if not name:
            return _error(400, "Name is required.")
        self.created_names.append(name)
        identifier = self.add_organization(name)
        return envelope({"Id": identifier, "Name": name})

    def _sort(self, request):
        """The devices in order, sorted once for many pages of a large fleet."""
        order = request.query.pop("$orderby", "")
        state = (order, len(self.devices), id(self.devices))
        if self._sorted[0] != state:
            rows = list(self.devices.values())
            if order:
                rows.sort(key=lambda row: str(row[order.split()[0]]), reverse=order.endswith(" desc"))
            self._sorted = (state, rows)
        return self._sorted[1]

    def _list(self, request, rows, show=None):
        page, total = select(rows, request.query)
        return envelope([show(row) for row in page] if show else page, total)

    def _show_in_list(self, device):
        names = (*_DEVICE_LIST, "InMaintenance") if self.shows_maintenance_in_list else _DEVICE_LIST
        return {name: device[name] for name in names}

    def _show_device(self, identifier):
        device = self.devices.get(identifier)
        detail = ("Description", "IsOnline", "InMaintenance")
        return device and {name: device[name] for name in (*_DEVICE_LIST, *detail)}

    def _is_authorized(self, request):
        scheme, _space, encoded = request.headers.get("authorization", "").partition(" ")
        known = [base64.b64encode(":".join(pair).encode()).decode() for pair in self.credentials]
        return scheme.lower() == "basic" and encoded in known

    def _now(self):
        return datetime.fromtimestamp(time.time() + self.clock_skew, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _show_asset(device):
    return {
        "Identifier": device["Identifier"],
        "Name": device["Name"],
        "GroupName": device["GroupName"],
        "Description": device["Description"],
        "Tags": [],
        "LastSeenOnline": device["LastSeenOnline"],
        "AssetInfo": [
            {"CategoryName": "System", "CategoryData": {"Manufacturer": "Example", "Model": "One"}},
            {"CategoryName": "BIOS", "CategoryData": {"Serial Number": device["serial"]}},
            {
                "CategoryName": "Operating System",
                "CategoryData": {"Name": device["Description"], "Serial Number": "00330-80000-00000-AA000"},
            },
        ],
        "InstalledSoftware": [{"Name": "Example Office", "Version": "1.0"}],
    }


def _show_notification(row):
    return {name: row[name] for name in ("Id", "Message", "DateTime", "Priority")}


def _show_notification_in_detail(row):
    return {**_show_notification(row), "ComputerIdentifier": row["DeviceIdentifier"], "Read": False}


def _hide_secret(webhook):
    return {name: value for name, value in webhook.items() if name != "SecretKey"}


def _one(row):
    return envelope(row) if row else _error(404, "The requested resource was not found.")


def envelope(data, total=None):
    meta = {"ResponseCode": 200} if total is None else {"ResponseCode": 200, "TotalCount": total}
    return Answer(200, {"Data": data, "Meta": meta})


def _error(status, message):
    return Answer(status, {"Data": None, "Meta": {"ResponseCode": status, "ErrorMessage": message}})


def sign(secret_key, body, *, as_hex=False):
    """The value of x-hmac-signature; nobody has told us whether the key is text or hexadecimal."""
    key = bytes.fromhex(secret_key) if as_hex else secret_key.encode()
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def post_signed(url, secret_key, payload, headers=None):
    """Deliver a webhook as Pulseway does; the status of the answer."""
    body = json.dumps(payload).encode()
    sent = {"Content-Type": "application/json", "x-hmac-signature": sign(secret_key, body), **(headers or {})}
    request = urllib.request.Request(url, data=body, headers=sent, method="POST")  # noqa: S310 - the test's own
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - likewise
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
