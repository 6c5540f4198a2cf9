"""Clients' own programs: keys that a test makes, and requests whose worker can be told from the server's log."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import requests
from psa_cli.live import LiveServer
from psa_cli.wire import ApiClient, Person, Wire

PROBLEM = "application/problem+json"
CLIENT = "Northwind Dental"
OTHER_CLIENT = "Wattle Park College"
UNLIMITED = 1_000_000


def ticket(**changes: Any) -> dict[str, Any]:
    return {
        "subject": "Label printer prints blank labels",
        "description": "Since this morning, at both counters.",
        "priority": "high",
        **changes,
    }


def new_reference() -> str:
    return f"PO-{uuid4().hex[:12]}"


class Program(ApiClient):
    """A key of a test's own, which it may revoke, and the administrator who made it."""

    def __init__(self, base: str, key: str, admin: Person, key_id: int) -> None:
        super().__init__(base, key)
        self.admin = admin
        self.id = key_id

    @classmethod
    def create(cls, wire: Wire, client: str = CLIENT, scopes: Sequence[str] | None = None, **values: Any) -> "Program":
        admin = wire.person("admin")
        company = admin.read_one("res.partner", [("name", "=", client), ("is_company", "=", True)], ["id"])
        demo = admin.read_one("psa.api.key", [], ["team_id"])
        wanted = [] if scopes is None else [("code", "in", scopes)]
        values = {
            "name": f"Test {uuid4().hex[:6]}",
            "partner_id": company["id"],
            "team_id": demo["team_id"][0],
            "rate_per_minute": UNLIMITED,
            "scope_ids": [(6, 0, admin.call("psa.api.scope", "search", wanted))],
            **values,
        }
        program = cls(wire.api().base, "", admin, admin.call("psa.api.key", "create", values))
        program.headers = {"Authorization": f"Bearer {program.make_key()}"}
        return program

    def make_key(self) -> str:
        """A key in place of the one before it, which is void at once."""
        reveal = self.admin.call("psa.api.key", "action_new_key", [self.id])
        return reveal["context"]["default_secret"]

    def call(self, method: str, *arguments: Any) -> Any:
        return self.admin.call("psa.api.key", method, [self.id], *arguments)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return requests.request(method, f"{self.base}{path}", headers=headers, timeout=60, **options)


def assert_problem(answer: requests.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    problem = answer.json()
    assert problem["status"] == status
    return problem


def ask_workers(
    server: LiveServer, ask: Callable[[str], requests.Response], count: int = 1, patience: float = 30
) -> Counter[int]:
    """Ask until so many processes have answered, each at least once: how often each status came.

    `ask` sends a request with the X-Request-Id that it is given: the log says which process that was.
    """
    statuses: Counter[int] = Counter()
    ids: set[str] = set()
    deadline = time.monotonic() + patience
    with ThreadPoolExecutor(8) as pool:
        while True:
            asked = [uuid4().hex for _each in range(16)]
            ids.update(asked)
            statuses.update(answer.status_code for answer in pool.map(ask, asked))
            lines = re.findall(r"^\S+ \S+ (\d+) .* request_id=(\w+)", server.log, re.MULTILINE)
            workers = {pid for pid, request_id in lines if request_id in ids}
            if len(workers) >= count:
                return statuses
            assert time.monotonic() < deadline, f"only {len(workers)} of {count} processes have answered"
