"""What clients' programs ask for: mostly they read, now and then they write, and some repeat themselves."""

import json
import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from ..odoo.live import LiveServer
from ..wire.programs import CLIENT, OTHER_CLIENT, Program, new_reference, ticket
from ..wire.wire import Wire

# How many of a hundred requests.
MIX = {
    "read_ticket": 25,
    "read_ticket_again": 10,
    "list_tickets": 13,
    "list_changes": 6,
    "list_comments": 7,
    "read_asset": 7,
    "list_assets": 5,
    "read_invoice": 4,
    "list_invoices": 3,
    "list_reports": 3,
    "open_ticket": 7,
    "open_ticket_again": 2,
    "comment": 5,
    "send_file": 2,
    "open_batch": 1,
}
REMEMBERED = 200
BOUNDARY = "psa-load-boundary"


@dataclass(frozen=True)
class Call:
    """A request, and the statuses that are as they should be."""

    client: "Client"
    method: str
    path: str
    statuses: tuple[int, ...] = (200,)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Client:
    """A client's program: what it knows of the client's records, and what it asks next."""

    def __init__(self, program: Program, chance: random.Random) -> None:
        self.root = urlsplit(program.base).path
        self.headers = dict(program.headers)
        self.chance = chance
        self.numbers = deque(self._read(program, "/tickets", "number"), maxlen=REMEMBERED)
        self.assets = self._read(program, "/assets", "id")
        self.invoices = self._read(program, "/invoices", "id")
        self.etags: dict[str, str] = {}
        self.sent: deque[Call] = deque(maxlen=REMEMBERED)

    def _read(self, program: Program, path: str, name: str) -> list[Any]:
        return [item[name] for item in program.get(path, limit="100").json()["items"]]

    def learn(self, call: Call, headers: Mapping[str, str], body: bytes) -> None:
        """What an answer tells for later."""
        if call.method == "POST" and call.path == "/tickets":
            self.numbers.append(json.loads(body)["number"])
            self.sent.append(call)
        elif "ETag" in headers and call.path.startswith("/tickets/"):
            if len(self.etags) > REMEMBERED:
                self.etags.clear()
            self.etags[call.path] = headers["ETag"]

    def read_ticket(self) -> Call:
        return self._get(f"/tickets/{self._pick_ticket()}")

    def read_ticket_again(self) -> Call:
        known = list(self.etags.items())
        if not known:
            return self.read_ticket()
        path, etag = self.chance.choice(known)
        return Call(self, "GET", path, (200, 304), headers={"If-None-Match": etag})

    def list_tickets(self) -> Call:
        stage = self.chance.choice(["", "&stage=request", "&stage=closed", "&priority=high"])
        return self._get(f"/tickets?limit=20{stage}")

    def list_changes(self) -> Call:
        return self._get("/tickets?limit=20&updated_since=2026-01-01T00:00:00Z")

    def list_comments(self) -> Call:
        return self._get(f"/tickets/{self._pick_ticket()}/comments")

    def read_asset(self) -> Call:
        return self._get(f"/assets/{self.chance.choice(self.assets)}")

    def list_assets(self) -> Call:
        return self._get("/assets?limit=50")

    def read_invoice(self) -> Call:
        return self._get(f"/invoices/{self.chance.choice(self.invoices)}")

    def list_invoices(self) -> Call:
        return self._get("/invoices")

    def list_reports(self) -> Call:
        return self._get("/svrs")

    def open_ticket(self) -> Call:
        return self._post("/tickets", ticket(external_reference=new_reference()), 201)

    def open_ticket_again(self) -> Call:
        return self.chance.choice(self.sent) if self.sent else self.open_ticket()

    def comment(self) -> Call:
        return self._post(f"/tickets/{self._pick_ticket()}/comments", {"body": "Any news?\nWe wait."}, 201)

    def send_file(self) -> Call:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="printer.log"\r\n\r\n'
        body = f"{head}{'The printer says nothing. ' * 400}\r\n--{BOUNDARY}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return Call(self, "POST", f"/tickets/{self._pick_ticket()}/attachments", (201,), body, headers)

    def open_batch(self) -> Call:
        return self._post("/tickets/batch", {"items": [ticket() for _each in range(10)]}, 200)

    def _pick_ticket(self) -> str:
        return self.chance.choice(list(self.numbers))

    def _get(self, path: str) -> Call:
        return Call(self, "GET", path)

    def _post(self, path: str, body: Any, status: int) -> Call:
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
        return Call(self, "POST", path, (status,), json.dumps(body).encode(), headers)


class Traffic:
    """Two clients' programs at once; several senders may ask for the next call."""

    def __init__(self, server: LiveServer) -> None:
        wire = Wire(server.instance)
        address = urlsplit(server.instance["url"])
        assert address.hostname
        assert address.port
        self.address = (address.hostname, address.port)
        self.chance = random.Random()  # noqa: S311 - nothing here is secret
        self.clients = [Client(Program.create(wire, name), self.chance) for name in (CLIENT, OTHER_CLIENT)]

    def next_call(self) -> Call:
        [name] = self.chance.choices(list(MIX), list(MIX.values()))
        return getattr(self.chance.choice(self.clients), name)()
