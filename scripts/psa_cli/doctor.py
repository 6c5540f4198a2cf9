"""`doctor`: what is there, what is missing, and what to do about it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.table import Table

from . import ui
from .core import core, suite, venv
from .database.database import check_named, named_server
from .errors import PsaError
from .machine import system
from .odoo import instance
from .paths import LOCAL, ROOT, cache_dir

ROOM = 6  # GB that the cores, the environments and the databases of both series need


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` is empty when all is well; `needed` is for what `up` cannot get itself."""

    what: str
    state: str
    advice: str = ""
    needed: bool = False


def run() -> int:
    """Print the table; 1 when something is missing that people have to see to."""
    findings = [finding for look in LOOKS for finding in look()]
    if ui.console.is_terminal:
        table = Table("What", "State", "What to do")
        for finding in findings:
            table.add_row(finding.what, finding.state, finding.advice or "-")
        ui.console.print(table)
    else:
        for finding in findings:
            ui.say(f"{finding.what}: {finding.state}" + (f" -> {finding.advice}" if finding.advice else ""))
    missing = [finding.what for finding in findings if finding.needed]
    ui.say(f"To be seen to: {', '.join(missing)}" if missing else "All is well")
    return 1 if missing else 0


def _python() -> Iterator[Finding]:
    yield Finding("Python", f"{sys.version.split()[0]} ({sys.base_prefix})")


def _disk() -> Iterator[Finding]:
    for folder, name in ((ROOT, "checkout"), (_existing(cache_dir()), "cache")):
        free = shutil.disk_usage(folder).free / 1e9
        enough = free >= ROOM
        yield Finding(
            f"Disk of the {name}",
            f"{free:.0f} GB free",
            "" if enough else f"make room: both series need about {ROOM} GB",
            not enough,
        )


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _cores() -> Iterator[Finding]:
    for series in core.SERIES:
        try:
            found = core.present(series)
        except PsaError as error:
            yield Finding(f"Odoo {series}", "ODOO_SRC is wrong", str(error), needed=True)
            continue
        if found:
            yield Finding(f"Odoo {series}", f"{found.path} ({found.origin})")
            continue
        source = "a clone of upstream" if series == "18.0" else "Debian's package"
        advice = f"`scripts/psa up --series {series}` gets {source}; or put a tree at {cache_dir()}/odoo-{series}"
        yield Finding(f"Odoo {series}", "not here yet", advice)


def _environments() -> Iterator[Finding]:
    for series in core.SERIES:
        is_made = venv.of(series).is_made()
        state = "as pinned" if is_made else "not as pinned yet"
        advice = "" if is_made else f"`scripts/psa up --series {series}` installs it"
        yield Finding(f"Python packages of {series}", state, advice)


def _database() -> Iterator[Finding]:
    try:
        named = named_server()
        if named:
            check_named(named)
            yield Finding("Database server", f"{named.host}:{named.port} ({named.origin})")
        elif (LOCAL / "pg/embedded").is_dir():
            yield Finding("Database server", "private, with the programs from PyPI; made")
        elif found := system.find_postgres():
            made = "made" if (LOCAL / "pg/data/PG_VERSION").is_file() else "not made yet, `up` makes it"
            yield Finding("Database server", f"private, with {found}; {made}")
        else:
            yield Finding("Database server", "no PostgreSQL here", _how([system.POSTGRES], "PyPI's is taken"))
    except (PsaError, psycopg.Error) as error:
        yield Finding("Database server", "not usable", str(error), needed=True)


def _programs() -> Iterator[Finding]:
    for need in (system.WKHTMLTOPDF, system.CHROMIUM):
        found = need.find()
        if found:
            yield Finding(need.package, found)
        else:
            advice = _how([need], f"there are no {need.purpose}")
            yield Finding(need.package, "missing", advice, needed=not system.may_install())


def _how(needs: list[system.Need], without: str) -> str:
    if system.may_install():
        return "installed with apt-get when it is needed"
    return f"{system.advice(needs)}; without it {without}"


def _suite() -> Iterator[Finding]:
    modules = suite.modules()
    state, advice = (", ".join(modules), "") if modules else ("none in addons/", "get a whole checkout")
    yield Finding("Modules", state, advice, needed=not modules)
    found = instance.running()
    state = f"Odoo {found['series']} at {found['url']}" if found else "not running"
    yield Finding("Suite", state, "" if found else "`scripts/psa up` starts it")


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python, _disk, _cores, _environments, _database, _programs, _suite
)  # fmt: skip
