"""Python environments that hold what a file of pins names, each made once for all checkouts of a machine."""

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from ..paths import cache, cache_dir, log_file
from . import fingerprint, locks, proc, unused

FOLDER = "python"
STAMP = "stamp"


@dataclass(frozen=True)
class Environment:
    """An environment for the Python that runs this. Nothing is resolved: the pins name every package.

    Its folder is named by all that decides what is in it, so other pins have another folder. `options` are pip's.
    """

    name: str
    pins: Path
    options: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        python = (sys.version, sys.base_prefix, sysconfig.get_platform())
        key = fingerprint.of(*python, *self.options, self.pins.read_text())[:12]
        return cache_dir() / FOLDER / f"{self.name}-{key}"

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    @property
    def site_packages(self) -> Path:
        return self.folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"

    def is_made(self) -> bool:
        return self._stamp.is_file() and os.access(self.python, os.X_OK)

    def ensure(self, title: str, read: proc.Reader = lambda line: None) -> None:
        """Make it when it is not there."""
        if not self.is_made():
            with locks.lock(cache(FOLDER) / f"{self.folder.name}.lock"):
                if not self.is_made():
                    self._make(title, read)
        unused.mark_used(self._stamp)

    @property
    def _stamp(self) -> Path:
        """There when the folder is whole; its time says when somebody used it."""
        return self.folder / STAMP

    def _make(self, title: str, read: proc.Reader) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--clear", self.folder], check=True, capture_output=True)
        proc.run(
            title,
            [self.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--progress-bar=off",
             *self.options, "-r", self.pins],
            log_file(f"pip-{self.name}"),
            read=read,
            advice="check the network and try again",
        )  # fmt: skip
        self._stamp.touch()
        unused.drop(cache(FOLDER), lambda folder: folder / STAMP)


def make_counter(pins: Path) -> proc.Reader:
    """A reader of pip's output that tells how many of the packages are fetched."""
    count = sum(1 for line in pins.read_text().splitlines() if line and not line.startswith("#"))
    fetched = 0

    def read(line: str) -> str | None:
        nonlocal fetched
        word, _, rest = line.partition(" ")
        if word in ("Collecting", "Processing") or line.startswith("Requirement already satisfied:"):
            fetched += 1
            package = rest.removeprefix("already satisfied: ").split()[0]
            return f"{min(fetched, count)}/{count} {package.rsplit('/', 1)[-1].split('=')[0]}"
        return "installing" if line.startswith("Installing collected") else None

    return read
