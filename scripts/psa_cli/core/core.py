"""L1's core: which Odoo source tree a series runs on, and where it came from."""

import hashlib
import os
import re
import shutil
import socket
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import ui
from ..errors import PsaError, WrongUsage
from ..machine import locks, proc
from ..machine.proc import which
from ..paths import CONFIG, cache_dir, log_file
from . import debian

SERIES = ("18.0", "19.0")
CONNECT_TIMEOUT = 4.0  # seconds; a machine without a way to GitHub is not to be kept waiting


@dataclass(frozen=True)
class Core:
    """An Odoo source tree. `path` goes on PYTHONPATH, `addons` on the addons path."""

    series: str
    path: Path
    addons: tuple[Path, ...]
    origin: str
    identity: str


def config() -> dict[str, Any]:
    return tomllib.loads((CONFIG / "core.toml").read_text())


def read_tree(folder: Path, origin: str) -> Core | None:
    """The core in a folder, of either layout: Git (addons/ beside odoo/) or nightly (all in odoo/addons)."""
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        return None
    version = re.search(r"^version_info\s*=\s*\((\d+)\s*,\s*(\d+)", release.read_text(), re.MULTILINE)
    if not version:
        return None
    inner, outer = folder / "odoo" / "addons", folder / "addons"
    addons = (inner,) if _holds(inner, "web") else (outer, inner)
    if not all(_holds(addons[0], name) for name in ("web", "mail")):
        return None
    return Core(f"{version[1]}.{version[2]}", folder, addons, origin, _identity(folder))


def _holds(folder: Path, addon: str) -> bool:
    return (folder / addon / "__manifest__.py").is_file()


def _identity(folder: Path) -> str:
    """Changes when another build is put in the same place."""
    digest = hashlib.sha256(str(folder).encode())
    head = folder / ".git" / "HEAD"
    if head.is_file():
        words = head.read_text().split()
        ref = folder / ".git" / words[-1]
        digest.update(ref.read_bytes() if len(words) == 2 and ref.is_file() else head.read_bytes())
    for name in ("odoo/release.py", "PKG-INFO", "odoo/addons/base/__manifest__.py"):
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def from_env(series: str | None) -> Core | None:
    """The tree that ODOO_SRC names, when it is of the series asked for."""
    named = os.environ.get("ODOO_SRC")
    if not named:
        return None
    found = read_tree(Path(named).expanduser().resolve(), "ODOO_SRC names it")
    if not found or found.series not in SERIES:
        raise PsaError(
            f"ODOO_SRC={named} is not an Odoo 18.0 or 19.0 source tree (no odoo/release.py with the addons web and "
            "mail); correct it or unset it"
        )
    return found if series in (None, found.series) else None


def from_cache(series: str) -> Core | None:
    """A source tree that someone, or an earlier clone, put into the cache."""
    folder = cache_dir() / f"odoo-{series}"
    found = read_tree(folder, "it is in the cache") if folder.is_dir() else None
    return found if found and found.series == series else None


def from_debian_cache(series: str) -> Core | None:
    """Debian's package as an earlier run unpacked it."""
    if series != "19.0" or not (prefix := debian.unpacked()):
        return None
    return read_tree(prefix / debian.PYTHON_TREE, "Debian's package, unpacked in the cache")


def from_clone(series: str) -> Core | None:
    """A shallow clone of upstream; None where it cannot be reached."""
    source = config()["series"][series]
    if "git" not in source:
        return None
    host = urlsplit(source["git"]).hostname or ""
    if not which("git"):
        ui.say(f"Odoo {series} cannot be cloned because git is not installed")
        return None
    if not os.environ.get("https_proxy") and not os.environ.get("HTTPS_PROXY") and not _reachable(host):
        ui.say(f"Odoo {series} cannot be cloned because {host} is not reachable from here")
        return None
    with locks.lock(cache_dir() / ".lock-clone"):
        if found := from_cache(series):
            return found
        return _clone(series, source)


def _clone(series: str, source: dict[str, str]) -> Core | None:
    target = cache_dir() / f"odoo-{series}"
    scratch = cache_dir() / f"odoo-{series}.clone"
    shutil.rmtree(scratch, ignore_errors=True)
    slow = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30")
    command = [
        "git",
        *slow,
        "clone",
        "--progress",
        "--depth",
        "1",
        "--branch",
        source["branch"],
        source["git"],
        scratch,
    ]
    try:
        proc.run(f"Cloning Odoo {series} from {source['git']}", command, log_file(f"clone-{series}"), read=_percent)
    except PsaError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        ui.say(str(error))
        return None
    if target.exists():
        target.rename(target.with_name(f"{target.name}.unusable-{os.getpid()}"))
    scratch.rename(target)
    return from_cache(series)


def _percent(line: str) -> str | None:
    found = re.findall(r"\d+%", line)
    return found[-1] if found else None


def _reachable(host: str) -> bool:
    try:
        socket.create_connection((host, 443), CONNECT_TIMEOUT).close()
    except OSError:
        return False
    return True


def from_debian(series: str) -> Core | None:
    """Debian's package, fetched and unpacked."""
    if series != "19.0":
        return None
    return read_tree(debian.get(config()["debian"]) / debian.PYTHON_TREE, "Debian's package")


def present(series: str) -> Core | None:
    """The core of a series as far as it is on this machine: nothing is fetched."""
    return from_env(series) or from_cache(series) or from_debian_cache(series)


def get(series: str) -> Core:
    """The core of the series that was asked for."""
    if series not in SERIES:
        raise WrongUsage(f"{series} is not a series of this suite; choose {' or '.join(SERIES)}")
    if os.environ.get("ODOO_SRC") and not from_env(series):
        ui.say(f"ODOO_SRC holds another series than {series}, so it is not used")
    found = present(series) or from_clone(series) or from_debian(series)
    if not found:
        raise PsaError(
            f"there is no Odoo {series} to be had: name a source tree in ODOO_SRC, or put one at "
            f"{cache_dir() / f'odoo-{series}'}"
        )
    return found


def choose() -> Core:
    """The core when no series was asked for, in the order of the contract."""
    tries: tuple[Callable[[], Core | None], ...] = (
        lambda: from_env(None),
        lambda: from_cache("18.0"),
        lambda: from_cache("19.0"),
        lambda: from_clone("18.0"),
        lambda: from_debian_cache("19.0"),
        lambda: from_debian("19.0"),
    )
    found = next((core for attempt in tries if (core := attempt())), None)
    if not found:
        raise PsaError("there is no Odoo to be had; name a source tree of 18.0 or 19.0 in ODOO_SRC")
    return found


def for_tests() -> list[str]:
    """The series that `test` runs: those that are here, and 19.0, which Debian has for everyone."""
    return [series for series in SERIES if series == "19.0" or present(series)]
