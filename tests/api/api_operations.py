"""What the API's own document says can be called, and a call that works for each: a new route needs a line here."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests
from psa_cli.odoo.live import LiveServer
from psa_cli.wire.programs import Program, new_reference, ticket

PAGING = {"limit", "cursor"}
CONDITIONS = {"If-None-Match", "X-Request-Id", "Idempotency-Key"}


@dataclass(frozen=True)
class Operation:
    """A method of a path. `queries` holds the schemas of what can be asked for in the query string."""

    method: str
    path: str
    scope: str | None
    queries: dict[str, dict[str, Any]] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def names(self) -> list[str]:
        """Of what stands in the path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def is_list(self) -> bool:
        return "cursor" in self.queries

    def fill(self, values: dict[str, Any]) -> str:
        unknown = set(self.names) - set(values)
        assert not unknown, f"tell this test what {unknown} is: Belongings"
        return self.path.format(**values)


def read_operations(base: str) -> list[Operation]:
    document = requests.get(f"{base}/openapi.json", timeout=60).json()
    shared = document["components"].get("parameters", {})

    def resolve(parameter: dict[str, Any]) -> dict[str, Any]:
        return shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter

    found = []
    for path, methods in document["paths"].items():
        for method, content in methods.items():
            if "operationId" not in content:
                continue
            parameters = [resolve(each) for each in content.get("parameters", [])]
            queries = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
            scopes = [scope for each in content["security"] for needed in each.values() for scope in needed]
            found.append(Operation(method.upper(), path, scopes[0] if scopes else None, queries))
    assert len(found) > 15
    return found


def write_call(operation: Operation, mark: str) -> dict[str, Any]:
    """What to send so that it works, with a mark by which its effect can be found."""
    calls: dict[str, dict[str, Any]] = {
        "POST /tickets": {"json": ticket(external_reference=mark)},
        "POST /tickets/batch": {"json": {"items": [ticket(external_reference=mark) for _each in range(3)]}},
        "POST /tickets/{number}/comments": {"json": {"body": f"It works now: {mark}"}},
        "POST /tickets/{number}/attachments": {"files": {"file": (f"{mark}.txt", b"It works now.", "text/plain")}},
        "POST /tickets/{number}/reopen": {"json": {"reason": f"It came back: {mark}"}},
        "POST /svrs/{svr_id}/approve": {"json": {"name": mark}},
        "POST /svrs/{svr_id}/reject": {"json": {"reason": mark}},
    }
    assert str(operation) in calls, f"tell this test what works for {operation}"
    return calls[str(operation)]


EFFECTS = {
    "POST /tickets": "SELECT count(*) FROM helpdesk_ticket WHERE external_reference = %s",
    "POST /tickets/batch": "SELECT count(*) / 3.0 FROM helpdesk_ticket WHERE external_reference = %s",
    "POST /tickets/{number}/comments": "SELECT count(*) FROM mail_message WHERE strpos(body, %s) > 0",
    "POST /tickets/{number}/attachments": "SELECT count(*) FROM ir_attachment WHERE name = %s || '.txt'",
    "POST /tickets/{number}/reopen": "SELECT count(*) FROM mail_message WHERE strpos(body, %s) > 0",
    "POST /svrs/{svr_id}/approve": """
        SELECT count(*) FROM techsource_svr WHERE state = 'approved' AND decided_by_name = %s
    """,
    "POST /svrs/{svr_id}/reject": """
        SELECT count(*) FROM techsource_svr WHERE state = 'rejected' AND rejection_reason = %s
    """,
}


def count_effects(server: LiveServer, operation: Operation, mark: str) -> float:
    [(number,)] = server.psql(EFFECTS[str(operation)], mark)
    return float(number)


# All that a client has, by the list that shows it, straight from the tables.
HOLDINGS = {
    "/tickets": "SELECT id FROM helpdesk_ticket WHERE commercial_partner_id = %s AND active",
    "/assets": "SELECT id FROM psa_asset WHERE partner_id = %s",
    "/svrs": """
        SELECT svr.id FROM techsource_svr AS svr JOIN helpdesk_ticket AS ticket ON ticket.id = svr.ticket_id
        WHERE ticket.commercial_partner_id = %s AND svr.state <> 'draft'
    """,
    "/invoices": """
        SELECT id FROM account_move
        WHERE commercial_partner_id = %s AND state = 'posted' AND move_type IN ('out_invoice', 'out_refund')
    """,
}


@dataclass
class Belongings:
    """One of each kind that a client has, and how to search for them."""

    partner_id: int
    # by the names that paths have for them
    ids: dict[str, Any]
    # by the names that query strings have for them
    words: dict[str, str]

    @classmethod
    def create(cls, server: LiveServer, program: Program) -> "Belongings":
        """A ticket with a comment and a file, made by the client's program; an asset, a report and an invoice."""
        [key] = program.call("read", ["partner_id"])
        partner_id = key["partner_id"][0]
        reference = new_reference()
        made = program.post("/tickets", ticket(external_reference=reference)).json()
        number = made["number"]
        assert program.post(f"/tickets/{number}/comments", {"body": f"Between us: {uuid4().hex}"}).ok
        file = {"file": ("secret.txt", uuid4().hex.encode(), "text/plain")}
        attachment = program.request("POST", f"/tickets/{number}/attachments", files=file).json()
        [asset, *_others] = server.psql(
            "SELECT id, name, serial_number FROM psa_asset WHERE partner_id = %s AND serial_number > ''", partner_id
        )
        # one that waits for an answer, if other tests have left one
        [svr, *_others] = server.psql(
            HOLDINGS["/svrs"].replace("SELECT svr.id", "SELECT svr.id, ticket.number")
            + " ORDER BY svr.state = 'sent' DESC",
            partner_id,
        )
        [invoice, *_others] = server.psql(HOLDINGS["/invoices"].replace("SELECT id", "SELECT id, name"), partner_id)
        return cls(
            partner_id,
            {
                "number": number,
                "attachment_id": attachment["id"],
                "asset_id": asset[0],
                "svr_id": svr[0],
                "invoice_id": invoice[0],
            },
            {
                "external_reference": reference,
                "hostname": asset[1],
                "serial_number": asset[2],
                "ticket": svr[1],
                "number": invoice[1],
            },
        )

    def mix(self, other: "Belongings", operation: Operation) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """What the path can name when a thing or more is the other's; the same with things that nobody has."""
        for owners in itertools.product((self, other), repeat=len(operation.names)):
            if other in owners:
                pairs = dict(zip(operation.names, owners, strict=True))
                there = {name: owner.ids[name] for name, owner in pairs.items()}
                yield (
                    there,
                    {name: there[name] if pairs[name] is self else _name_nothing(there[name]) for name in there},
                )

    def list_all(self, server: LiveServer, path: str) -> set[int]:
        assert path in HOLDINGS, f"tell this test what {path} lists: HOLDINGS"
        return {row[0] for row in server.psql(HOLDINGS[path], self.partner_id)}


def _name_nothing(name: Any) -> Any:
    return "HT99999999" if isinstance(name, str) else 2_000_000_000


def walk(program: Program, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """All items of a list, page by page."""
    cursor: dict[str, str] = {}
    while True:
        answer = program.request("GET", path, params={**query, **cursor})
        assert answer.status_code == 200, f"{answer.url}: {answer.text}"
        page = answer.json()
        yield from page["items"]
        if not page["next_cursor"]:
            return
        cursor = {"cursor": page["next_cursor"]}
