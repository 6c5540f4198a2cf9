"""What monitoring systems send to the hub: cheaply, from several senders at once, in order where order counts."""

import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from psa_cli.wire.wire import WebhookSender, Wire, new_delivery_id

GROUP = "Northwind Dental"
TIMEOUT = 60  # seconds for one answer, and for the answer that a delivery has to come after


@dataclass(frozen=True)
class Delivery:
    """A message with the sender's ID. `after` is the ID of another that must have been answered before it is sent."""

    payload: dict[str, Any]
    id: str
    after: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a delivery was answered, and how often it had to be sent for that."""

    id: str
    status: int
    uuid: str
    tries: int


class NoAnswer(Exception):
    """The sender does not know whether its message was taken."""


def registration(device: str, after: str | None = None, **changes: Any) -> Delivery:
    payload = {
        "EventType": "SystemRegistered",
        "SystemIdentifier": device,
        "Name": device.upper(),
        "OS": "Windows 11 Pro 24H2",
        "Group": GROUP,
        "CustomFields": {"Serial": f"SN-{device}"},
        **changes,
    }
    return Delivery(payload, new_delivery_id(), after)


def alert(device: str, title: str, after: str | None = None, priority: str = "Elevated") -> Delivery:
    payload = {
        "EventType": "Notification",
        "SystemIdentifier": device,
        "Header": title,
        "Message": f"{title} on {device}.",
        "Priority": priority,
    }
    return Delivery(payload, new_delivery_id(), after)


def new_run() -> str:
    """The beginning of the names of devices that belong to one test."""
    return f"dev-{uuid4().hex[:8]}-"


@dataclass(frozen=True)
class Connection:
    """A connection of a test's own, with a rate that no test reaches."""

    id: int
    hook: WebhookSender

    @classmethod
    def create(cls, wire: Wire, adapter: str = "generic", **values: Any) -> "Connection":
        admin = wire.person("admin")
        [demo] = admin.call("psa.hub.connection", "search_read", [("adapter", "=", "generic")], ["team_id"], limit=1)
        values = {
            "name": f"Test of {adapter}",
            "adapter": adapter,
            "team_id": demo["team_id"][0],
            "rate_per_minute": 1_000_000,
            **values,
        }
        connection_id = admin.call("psa.hub.connection", "create", values)
        reveal = admin.call("psa.hub.connection", "action_new_signing_secret", [connection_id])
        [found] = admin.call("psa.hub.connection", "read", [connection_id], ["token"])
        url = f"{wire.url}/psa/webhook/{found['token']}"
        return cls(connection_id, WebhookSender(url, reveal["context"]["default_secret"]))

    def at(self, url: str) -> "Connection":
        """The same one, by another way in."""
        moved = WebhookSender(url + urlsplit(self.hook.url).path, "")
        moved.key = self.hook.key
        return Connection(self.id, moved)


class Sender:
    """A monitoring system that keeps its connection open. What gets no answer is sent again with the same ID."""

    def __init__(self, hook: WebhookSender, patience: float = 0) -> None:
        self.hook = hook
        self.patience = patience
        address = urlsplit(hook.url)
        assert address.hostname
        self.path = address.path
        self.http = HTTPConnection(address.hostname, address.port, timeout=TIMEOUT)

    def deliver(self, delivery: Delivery) -> Answer:
        deadline = time.monotonic() + self.patience
        for tries in count(1):
            try:
                status, body = self._post(delivery)
            except NoAnswer:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return Answer(delivery.id, status, body["id"], tries)
        raise AssertionError

    def _post(self, delivery: Delivery) -> tuple[int, dict[str, Any]]:
        body = json.dumps(delivery.payload).encode()
        headers = {"Content-Type": "application/json", **self.hook.sign(body, delivery.id)}
        try:
            self.http.request("POST", self.path, body, headers)
            response = self.http.getresponse()
            text = response.read()
        except (OSError, HTTPException) as error:
            self.http.close()
            raise NoAnswer(f"{delivery.id}: {error!r}") from error
        if response.status not in (200, 202):
            raise NoAnswer(f"{delivery.id}: {response.status} {text[:300]!r}")
        return response.status, json.loads(text)

    def close(self) -> None:
        self.http.close()


def stream(
    hook: WebhookSender, deliveries: Iterable[Delivery], senders: int = 8, patience: float = 0, pause: float = 0
) -> list[Answer]:
    """Send from several senders at once, each taking the next delivery; all answers, in no order."""
    waiting, lock = iter(deliveries), threading.Lock()
    answered: dict[str, threading.Event] = defaultdict(threading.Event)

    def take() -> Delivery | None:
        with lock:
            return next(waiting, None)

    def event(delivery_id: str) -> threading.Event:
        with lock:
            return answered[delivery_id]

    def send() -> list[Answer]:
        answers = []
        with closing(Sender(hook, patience)) as sender:
            while delivery := take():
                if delivery.after and not event(delivery.after).wait(TIMEOUT + patience):
                    raise NoAnswer(f"{delivery.id}: {delivery.after} was not answered")
                answers.append(sender.deliver(delivery))
                event(delivery.id).set()
                time.sleep(pause)
        return answers

    with ThreadPoolExecutor(senders) as pool:
        futures = [pool.submit(send) for _ in range(senders)]
    return [answer for future in futures for answer in future.result()]


def shuffled(deliveries: Iterable[Delivery], seed: int) -> list[Delivery]:
    """In any order, but what has to come after another one stands behind that."""
    mixed = list(deliveries)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - the same order each time, so that a failure can be repeated
    return list(_in_sendable_order(mixed))


def _in_sendable_order(deliveries: list[Delivery]) -> Iterator[Delivery]:
    placed: set[str] = set()
    parked: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        ready = [delivery]
        while ready:
            first = ready.pop(0)
            if first.after and first.after not in placed:
                parked[first.after].append(first)
                continue
            yield first
            placed.add(first.id)
            ready += parked.pop(first.id, [])
