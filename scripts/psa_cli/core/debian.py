"""Odoo 19 as Debian packages it: found in the suite's index, checked, and unpacked beside the system.

The package is not installed: it belongs to another release of Debian than the machine may run. It links to fonts and
scripts of other packages, so those are unpacked into the same prefix; without them every page answers 500.
"""

import io
import json
import lzma
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from .. import ui
from ..errors import PsaError
from ..machine import download, locks
from ..machine.proc import which
from ..paths import cache_dir

PYTHON_TREE = Path("usr/lib/python3/dist-packages")
MARKER = ".complete.json"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Package:
    """A line of the suite's index: one file to fetch."""

    name: str
    version: str
    path: str
    sha256: str
    size: int

    @property
    def file(self) -> str:
        return self.path.rsplit("/", 1)[-1]


def unpacked() -> Path | None:
    """The newest prefix that was unpacked whole."""
    whole = [marker for marker in _folder().glob(f"*/{MARKER}") if (marker.parent / PYTHON_TREE).is_dir()]
    return max(whole, key=lambda marker: marker.stat().st_mtime).parent if whole else None


def get(config: dict[str, Any]) -> Path:
    """The unpacked prefix, made when it is not in the cache yet."""
    with locks.lock(_folder() / ".lock"):
        if prefix := unpacked():
            return prefix
        packages = _packages(config)
        target = _folder() / packages[0].file.removesuffix(".deb")
        debs = []
        for package in packages:
            url = f"{config['mirror']}/{package.path}"
            debs.append(download.fetch(url, _folder() / "debs" / package.file, package.sha256, package.size))
        with ui.step(f"Unpacking Odoo 19 of Debian ({packages[0].version})") as update:
            _unpack(debs, target, update, {p.name: p.version for p in packages})
        return target


def _folder() -> Path:
    return cache_dir() / "debian"


def _packages(config: dict[str, Any]) -> list[Package]:
    """What to fetch, the core first, with the checksums of today's index."""
    base = f"{config['mirror']}/dists/{config['suite']}"
    part = f"{config['component']}/binary-{config['architecture']}/Packages.xz"
    ui.say(f"Reading the index of {config['mirror']} {config['suite']}")
    release = download.text(f"{base}/InRelease")
    _check_signature(release)
    checksum, size = release_entry(release, part)
    archive = download.fetch(f"{base}/{part}", _folder() / "Packages.xz", checksum, size)
    wanted = [config["core"], *config["assets"]]
    with lzma.open(archive, "rt", encoding="utf-8") as lines:
        index = {package.name: package for package in read_index(lines, set(wanted))}
    if missing := [name for name in wanted if name not in index]:
        raise PsaError(
            f"Debian {config['suite']} does not offer {', '.join(missing)} any more; "
            "put an Odoo 19.0 source tree into ODOO_SRC or the cache instead"
        )
    packages = [index[name] for name in wanted]
    check_known(packages, config["known_good"])
    return packages


def release_entry(release: str, part: str) -> tuple[str, int]:
    """Checksum and size that a Release file states for one of its files."""
    if found := re.search(rf"^ ([0-9a-f]{{64}})\s+(\d+)\s+{re.escape(part)}$", release, re.MULTILINE):
        return found[1], int(found[2])
    raise PsaError(f"the mirror's InRelease does not list {part} with a SHA256; try again later or use another mirror")


def read_index(lines: Iterable[str], wanted: set[str]) -> Iterator[Package]:
    """The wanted packages of a Packages file."""
    fields: dict[str, str] = {}
    for line in [*lines, "\n"]:
        if line.strip():
            if not line[0].isspace():
                key, _, value = line.partition(":")
                fields[key] = value.strip()
            continue
        if fields.get("Package") in wanted:
            yield Package(
                fields["Package"], fields["Version"], fields["Filename"], fields["SHA256"], int(fields["Size"])
            )
        fields = {}


def check_known(packages: Iterable[Package], known_good: dict[str, str]) -> None:
    """A file that was tested must be that file; a newer one is taken, and said to be."""
    for package in packages:
        tested = known_good.get(package.file)
        if tested is None:
            ui.say(f"Note: {package.file} is newer than what config/l1/core.toml knows to be good")
        elif tested != package.sha256:
            raise PsaError(
                f"the index gives {package.file} another SHA256 than config/l1/core.toml; the mirror is not to be "
                "trusted, use another one"
            )


def _check_signature(release: str) -> None:
    """By Debian's own key where the machine has it; the pinned checksums hold in any case."""
    if not (which("gpgv") and KEYRING.is_file()):
        return
    done = subprocess.run(["gpgv", "--keyring", KEYRING], input=release.encode(), capture_output=True, check=False)
    if b"BADSIG" in done.stderr or b"BAD signature" in done.stderr:
        raise PsaError("the mirror's InRelease has a bad signature; use another mirror or network")


def _unpack(debs: list[Path], target: Path, update: ui.Update, versions: dict[str, str]) -> None:
    """All packages into one prefix that appears whole or not at all."""
    for left_over in target.parent.glob("unpack-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix="unpack-", dir=target.parent))
    try:
        for deb in debs:
            update(deb.name)
            extract(deb, scratch)
        _check_tree(scratch)
        scratch.chmod(0o755)
        (scratch / MARKER).write_text(json.dumps(versions, indent=1))
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    for deb in debs:
        deb.unlink()


def _check_tree(prefix: Path) -> None:
    tree = prefix / PYTHON_TREE / "odoo"
    if not (tree / "release.py").is_file():
        raise PsaError(
            f"Debian's odoo-19 has no {PYTHON_TREE}/odoo/release.py; put a source tree into ODOO_SRC instead"
        )
    web = tree / "addons/web/static"
    dangling = [path for path in web.rglob("*") if path.is_symlink() and not path.exists()]
    if dangling:
        names = ", ".join(f"{path.relative_to(web)} -> {os.readlink(path)}" for path in dangling[:3])
        raise PsaError(
            f"Debian's odoo-19 now links to packages that are not in config/l1/core.toml ({names}); "
            "add them to its assets"
        )


def extract(deb: Path, target: Path) -> None:
    """Unpack one package: by dpkg where it is there, else by Python alone."""
    if dpkg := which("dpkg-deb"):
        done = subprocess.run([dpkg, "-x", deb, target], capture_output=True, text=True, check=False)
        if done.returncode:
            raise PsaError(
                f"{deb.name} could not be unpacked ({done.stderr.strip()}); make room on the disk and try again"
            )
        return
    with deb.open("rb") as stream:
        for name, member in ar_members(stream):
            if name.startswith("data.tar"):
                if name.endswith(".zst"):
                    raise PsaError(f"{deb.name} is packed with zstd, which needs dpkg; install dpkg and try again")
                with tarfile.open(fileobj=member, mode="r:*") as archive:
                    archive.extractall(target, filter="tar")
                return
    raise PsaError(f"{deb.name} holds no data.tar; remove it and try again")


class _Member(io.RawIOBase):
    """A part of a file, read as a file of its own."""

    def __init__(self, stream: BinaryIO, start: int, size: int):
        self.stream, self.start, self.size, self.place = stream, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.stream.seek(self.start + self.place)
        block = self.stream.read(min(len(buffer), self.size - self.place))
        buffer[: len(block)] = block
        self.place += len(block)
        return len(block)

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: self.size}[whence]
        self.place = min(max(base + offset, 0), self.size)
        return self.place


def ar_members(stream: BinaryIO) -> Iterator[tuple[str, io.BufferedReader]]:
    """The files in an ar archive, in order; each is to be read before the next is asked for."""
    if stream.read(8) != b"!<arch>\n":
        raise PsaError("a downloaded package is not a Debian package; remove the cache's debian folder and try again")
    while len(header := stream.read(60)) == 60:
        name, size = header[:16].decode().strip().rstrip("/"), int(header[48:58])
        start = stream.tell()
        yield name, io.BufferedReader(_Member(stream, start, size))
        stream.seek(start + size + size % 2)
