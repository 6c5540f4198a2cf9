"""The Python environment of a series: every package and OCA addon at the version that config/l1 pins."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ..errors import PsaError
from ..machine import locks, proc
from ..paths import CONFIG, LOCAL, local, log_file


def pins(series: str) -> Path:
    return CONFIG / f"{series}.txt"


def python(series: str) -> Path:
    return LOCAL / f"venv-{series}" / "bin" / "python"


def site_packages(series: str) -> Path:
    return LOCAL / f"venv-{series}" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def is_fresh(series: str) -> bool:
    """Whether what was installed is what is pinned now."""
    stamp = LOCAL / f"venv-{series}" / "stamp"
    return stamp.is_file() and stamp.read_text() == _state(series) and os.access(python(series), os.X_OK)


def ensure(series: str) -> None:
    """Make the environment, or bring it up to date. The same Python for every series: the one that runs this."""
    if is_fresh(series):
        return
    folder = LOCAL / f"venv-{series}"
    with locks.lock(local("lock") / f"venv-{series}"):
        if is_fresh(series):
            return
        (folder / "stamp").unlink(missing_ok=True)
        if not _runs(python(series)):
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, capture_output=True)
        count = sum(1 for line in pins(series).read_text().splitlines() if line and not line.startswith("#"))
        fetched = 0

        def progress(line: str) -> str | None:
            nonlocal fetched
            if found := re.match(r"(?:Collecting|Processing|Requirement already satisfied:) (\S+)", line):
                fetched += 1
                return f"{min(fetched, count)}/{count} {found[1].rsplit('/', 1)[-1].split('=')[0]}"
            return "installing" if line.startswith("Installing collected") else None

        proc.run(
            f"Installing the Python packages of Odoo {series}",
            # Pinned whole, so nothing is resolved. docopt is published as source alone and is one pure module. Odoo
            # compiles what it loads, into a folder of its own (`Runtime.environment`).
            [python(series), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--progress-bar=off",
             "--no-compile", "--only-binary", ":all:", "--no-binary", "docopt", "-r", pins(series)],
            log_file(f"pip-{series}"),
            read=progress,
            advice="check the network and try again",
        )  # fmt: skip
        (folder / "stamp").write_text(_state(series))


def _state(series: str) -> str:
    """The pins and the Python they were installed for."""
    return hashlib.sha256(f"{sys.version_info[:2]}{pins(series).read_text()}".encode()).hexdigest()


def _runs(interpreter: Path) -> bool:
    try:
        done = subprocess.run(
            [interpreter, "-c", "import pip, sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == str(sys.version_info[:2])


def oca_addons(series: str) -> Path:
    """Where the OCA addons are after installation."""
    folder = site_packages(series) / "odoo" / "addons"
    if not folder.is_dir():
        raise PsaError(
            f"the environment of {series} has no OCA addons; remove {LOCAL / f'venv-{series}'} and try again"
        )
    return folder
