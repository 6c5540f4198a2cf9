"""Programs the suite needs from the system, and how to get them: by apt-get where we may, else by a sentence."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import ui
from ..errors import PsaError
from ..paths import local, log_file
from . import proc
from .locks import lock
from .proc import which

CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.d/stratum-psa.conf")


@dataclass(frozen=True)
class Need:
    """A program from outside: what for, the Debian package that has it, and how to see that it is there."""

    package: str
    purpose: str
    find: Callable[[], str | None]


def postgres_bins() -> list[Path]:
    """The folders of PostgreSQL's server programs on this machine, the newest first."""
    roots = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: _number(path.parent.name), reverse=True)
    if on_path := which("pg_ctl"):
        roots.append(Path(on_path).resolve().parent)
    return [root for root in dict.fromkeys(roots) if all((root / name).exists() for name in ("initdb", "pg_ctl"))]


def find_postgres() -> str | None:
    return next((str(folder) for folder in postgres_bins()), None)


def _number(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return 0.0


POSTGRES = Need("postgresql", "the database server", find_postgres)
WKHTMLTOPDF = Need("wkhtmltopdf", "PDF files", lambda: which("wkhtmltopdf"))
CHROMIUM = Need(
    "chromium", "browser tests and screenshots", lambda: which("chromium", "chromium-browser", "google-chrome")
)
NEEDS = (POSTGRES, WKHTMLTOPDF, CHROMIUM)


def may_install() -> bool:
    return os.geteuid() == 0 and which("apt-get") is not None


def advice(needs: list[Need]) -> str:
    """What people do about it themselves."""
    names = " ".join(need.package for need in needs)
    if which("apt-get"):
        return f"sudo apt-get install {names}"
    return f"install {names} with this system's package manager"


def ensure(*needs: Need) -> list[Need]:
    """Install what is missing where we may. What is still missing is returned, for the caller to judge."""
    if not [need for need in needs if not need.find()] or not may_install():
        return [need for need in needs if not need.find()]
    with lock(local("lock") / "apt"):
        missing = [need for need in needs if not need.find()]
        for need in missing:
            ui.say(f"{need.package} is missing ({need.purpose}); installing it with apt-get")
        if missing:
            _install([need.package for need in missing])
    return [need for need in needs if not need.find()]


def _install(packages: list[str]) -> None:
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    names = " ".join(packages)
    try:
        with _without_default_cluster("postgresql" in packages):
            proc.run("Reading the package lists", ["apt-get", "update"], log_file("apt-update"), env=quiet)
            command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
            proc.run(
                f"Installing {names}", command, log_file("apt-install"), env=quiet, advice=f"or install {names} by hand"
            )
    except PsaError as error:
        ui.say(str(error))


@contextmanager
def _without_default_cluster(wanted: bool) -> Iterator[None]:
    """Debian's postgresql starts a cluster of its own on TCP. We need the programs only, so ask it not to."""
    if not wanted or CREATE_CLUSTER.parent.parent.exists():
        yield
        return
    CREATE_CLUSTER.parent.mkdir(parents=True)
    CREATE_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        CREATE_CLUSTER.unlink(missing_ok=True)
