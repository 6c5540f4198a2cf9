"""What programs need to know of the running suite: .local/instance.json, and what is remembered of each database."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core import suite
from ..errors import PsaError
from ..paths import INSTANCE, LOCAL, local, write_private
from .runtime import SCRIPTS, Runtime
from .server import OdooServer, answers, is_odoo


@dataclass
class DatabaseState:
    """What is kept of a database between two starts: its logins, and which content of addons/ it was updated to."""

    path: Path
    content: dict[str, Any]

    @classmethod
    def load(cls, series: str, database: str) -> "DatabaseState":
        path = LOCAL / "state" / f"{series}-{database}.json"
        try:
            return cls(path, json.loads(path.read_text()))
        except (FileNotFoundError, json.JSONDecodeError):
            return cls(path, {})

    def save(self) -> None:
        local("state", mode=0o700)
        write_private(self.path, json.dumps(self.content, indent=2))

    def belongs_to(self, uuid: str) -> bool:
        """A database that was made anew outside has other logins than those remembered."""
        return self.content.get("issued", {}).get("uuid") == uuid


def issue_credentials(runtime: Runtime, database: str) -> dict[str, Any]:
    """Make a fresh copy a database of its own; the logins it has from now on."""
    result = local("state", mode=0o700) / f".issued-{runtime.series}-{database}.json"
    try:
        runtime.script(database, SCRIPTS / "new_database.py", "Giving out logins", result)
        return json.loads(result.read_text())
    finally:
        result.unlink(missing_ok=True)


def describe(server: OdooServer, issued: dict[str, Any]) -> dict[str, Any]:
    """The instance as the contract words it, with whole addresses."""
    found: dict[str, Any] = {
        "url": server.url,
        "db": server.database,
        "series": server.runtime.series,
        "pid": server.pid,
        "users": issued["users"],
    }
    if api := issued.get("api"):
        found["api"] = {**api, "base": _absolute(server.url, api.get("base", "/psa/api/v1"))}
    if webhooks := issued.get("webhooks"):
        found["webhooks"] = {
            name: {**webhook, "url": _absolute(server.url, webhook["url"])} for name, webhook in webhooks.items()
        }
    return found


def _absolute(url: str, path: str) -> str:
    return path if path.startswith("http") else f"{url}{path}"


def write(found: dict[str, Any]) -> None:
    local()
    write_private(INSTANCE, json.dumps(found, indent=2) + "\n")


def read() -> dict[str, Any] | None:
    """What the last `up` wrote, whether it still runs or not."""
    try:
        return json.loads(INSTANCE.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def running() -> dict[str, Any] | None:
    """The instance that serves now."""
    found = read()
    return found if found and is_odoo(found["pid"]) and answers(found["url"], timeout=30) else None


def need_running() -> dict[str, Any]:
    """The instance that serves now, or the sentence that says how to get one."""
    if found := running():
        return found
    raise PsaError("the suite is not running; start it with scripts/psa up")


def forget(pid: int) -> None:
    """Remove the file of a server that has ended, unless another one has written its own."""
    found = read()
    if found and found["pid"] == pid:
        INSTANCE.unlink(missing_ok=True)


def addons_fingerprint(*, demo: bool) -> str:
    """The content of addons/ that a database is to be updated to."""
    return suite.fingerprint([*suite.modules(), *(suite.demo_modules() if demo else [])])
