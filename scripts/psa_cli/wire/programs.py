"""A client's program with a key that was made for it, for tests and for load."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import requests

from .wire import TIMEOUT, ApiClient, Person, Wire

CLIENT = "Northwind Dental"
OTHER_CLIENT = "Harbour & Hale Lawyers"
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
    """A key that its owner may revoke, and the administrator who made it. It may do all, as often as it likes."""

    def __init__(self, base: str, key: str, admin: Person, key_id: int) -> None:
        super().__init__(base, key)
        self.admin = admin
        self.id = key_id

    @classmethod
    def create(cls, wire: Wire, client: str = CLIENT, scopes: Sequence[str] | None = None, **values: Any) -> "Program":
        admin = wire.person("admin")
        company = admin.read_one("res.partner", [("name", "=", client), ("is_company", "=", True)], ["id"])
        demo = admin.read_one("psa.api.key", [], ["team_id"], order="id")
        wanted = [] if scopes is None else [("code", "in", scopes)]
        values = {
            "name": f"Program {uuid4().hex[:6]}",
            "partner_id": company["id"],
            "team_id": demo["team_id"][0],
            "rate_per_minute": UNLIMITED,
            "scope_ids": [(6, 0, admin.call("psa.api.scope", "search", wanted))],
            **values,
        }
        program = cls(wire.api().base, "", admin, admin.call("psa.api.key", "create", values))
        program._use(program.call("action_new_key"))
        return program

    def replace_key(self, overlap: str) -> ApiClient:
        """Go on with another key; what comes back still has the one before it."""
        old = ApiClient(self.base, "")
        old.headers = self.headers
        dialog = self.admin.call("psa.api.key.rotation", "create", {"key_id": self.id, "overlap": overlap})
        self._use(self.admin.call("psa.api.key.rotation", "action_rotate", [dialog]))
        return old

    def call(self, method: str, *arguments: Any) -> Any:
        """A method of the key's record, as the administrator."""
        return self.admin.call("psa.api.key", method, [self.id], *arguments)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return requests.request(method, f"{self.base}{path}", headers=headers, timeout=TIMEOUT, **options)

    def _use(self, reveal: dict[str, Any]) -> None:
        self.headers = {"Authorization": f"Bearer {reveal['context']['default_secret']}"}
