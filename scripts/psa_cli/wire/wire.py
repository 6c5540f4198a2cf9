"""The suite as the outside sees it: people in a browser, monitoring systems, client programs. HTTP only."""

import html
import json
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from typing import Any, TypeVar
from uuid import uuid4

import requests

TIMEOUT = 60  # seconds for one answer; the first page after a start builds its assets
T = TypeVar("T")


class Refused(Exception):
    """The server said no in its own words; `str()` of it is what a person would have read."""


def _url(base: str, path: str) -> str:
    return f"{base.rstrip('/')}/{path.lstrip('/')}"


class Person:
    """Somebody with a login: the web client's calls, and pages and forms of the portal."""

    def __init__(self, url: str, db: str) -> None:
        self.url = url
        self.db = db
        self.session = requests.Session()
        self.uid = 0

    def log_in(self, login: str, password: str) -> dict[str, Any]:
        credentials = {"db": self.db, "login": login, "password": password}
        info = self._rpc("/web/session/authenticate", credentials)
        self.uid = info["uid"]
        return info

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return self._rpc(f"/web/dataset/call_kw/{model}/{method}", params)

    def read_one(self, model: str, domain: list[Any], fields: list[str], order: str = "id desc") -> dict[str, Any]:
        """The newest record of `domain`, or an empty dict."""
        rows = self.call(model, "search_read", domain, fields, limit=1, order=order)
        return rows[0] if rows else {}

    def id_of(self, xmlid: str) -> int:
        """The id behind an external id that the person may read the record of."""
        _model, record_id = self.call("ir.model.data", "check_object_reference", *xmlid.split(".", 1))
        return record_id

    def get(self, path: str) -> requests.Response:
        return self.session.get(_url(self.url, path), timeout=TIMEOUT)

    def post_form(self, path: str, page: str, values: dict[str, str]) -> requests.Response:
        """Send the form of `page` (its HTML) with its token against forgery."""
        values = {"csrf_token": csrf_token(page), **values}
        return self.session.post(_url(self.url, path), data=values, timeout=TIMEOUT)

    def post_json(self, path: str, params: dict[str, Any]) -> Any:
        return self._rpc(path, params)

    def _rpc(self, path: str, params: dict[str, Any]) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        response = self.session.post(_url(self.url, path), json=body, timeout=TIMEOUT)
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            data = answer["error"].get("data") or {}
            raise Refused(data.get("message") or answer["error"]["message"])
        return answer.get("result")


class WebhookSender:
    """A monitoring system that signs by the Standard Webhooks scheme."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self.key = b64decode(secret.removeprefix("whsec_"))

    def send(self, payload: dict[str, Any], delivery_id: str | None = None) -> requests.Response:
        return self.send_raw(json.dumps(payload).encode(), delivery_id)

    def send_raw(
        self, body: bytes, delivery_id: str | None = None, content_type: str = "application/json", **overrides: str
    ) -> requests.Response:
        """`overrides` replace headers, underscores for dashes: webhook_signature="v1,forged"."""
        headers = {"Content-Type": content_type, **self.sign(body, delivery_id or new_delivery_id())}
        headers |= {name.replace("_", "-"): value for name, value in overrides.items()}
        return requests.post(self.url, data=body, headers=headers, timeout=TIMEOUT)

    def sign(self, body: bytes, delivery_id: str) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signed = b".".join((delivery_id.encode(), timestamp.encode(), body))
        signature = b64encode(digest(self.key, signed, sha256)).decode()
        return {
            "webhook-id": delivery_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{signature}",
        }


class PulsewaySender(WebhookSender):
    """Pulseway: it signs the body alone, with its secret as text."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self.key = secret.encode()

    def sign(self, body: bytes, delivery_id: str) -> dict[str, str]:
        return {"x-hmac-signature": b64encode(digest(self.key, body, sha256)).decode()}


class ApiClient:
    """A client company's program that speaks REST."""

    def __init__(self, base: str, key: str) -> None:
        self.base = base
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **params: str) -> requests.Response:
        return requests.get(_url(self.base, path), params=params, headers=self.headers, timeout=TIMEOUT)

    def post(self, path: str, body: Any, idempotency_key: str | None = None) -> requests.Response:
        headers = dict(self.headers)
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        return requests.post(_url(self.base, path), json=body, headers=headers, timeout=TIMEOUT)


class Wire:
    """All the ways into one running suite; `instance` is what `.local/instance.json` holds."""

    def __init__(self, instance: dict[str, Any]) -> None:
        self.instance = instance
        self.url = instance["url"]

    def person(self, role: str) -> Person:
        """Log in as the demo user of a role."""
        person = Person(self.url, self.instance["db"])
        person.log_in(**self.instance["users"][role])
        return person

    def webhook(self, connection: str = "generic") -> WebhookSender:
        entry = self.instance["webhooks"][connection]
        sender = PulsewaySender if connection == "pulseway" else WebhookSender
        return sender(self._absolute(entry["url"]), entry["secret"])

    def api(self) -> ApiClient:
        entry = self.instance["api"]
        return ApiClient(self._absolute(entry["base"]), entry["key"])

    def _absolute(self, path: str) -> str:
        return path if path.startswith("http") else _url(self.url, path)


def new_delivery_id() -> str:
    return f"msg_{uuid4().hex}"


def csrf_token(page: str) -> str:
    """Odoo puts the token in each form and in the page's script; either will do."""
    found = re.search(r'name="csrf_token"\s+value="([^"]+)"', page) or re.search(r'csrf_token:\s*"([^"]+)"', page)
    if not found:
        raise Refused("the page has no form to send")
    return html.unescape(found.group(1))


def text_of(page: str) -> str:
    """The words of a page, without its tags."""
    page = re.sub(r"(?s)<(script|style).*?</\1>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def wait_for(look: Callable[[], T], seconds: float = 60, interval: float = 0.5) -> T:
    """Look again until there is something; what was seen last comes back either way."""
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(interval)
    return seen


@contextmanager
def refusal() -> Iterator[list[str]]:
    """The block should be refused; what was said is in the list afterwards, empty if it was let through."""
    said: list[str] = []
    try:
        yield said
    except Refused as refused:
        said.append(str(refused))


def utc_stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
