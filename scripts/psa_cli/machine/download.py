"""Fetching files: resumed where they broke off, and only taken when the checksum is right."""

import hashlib
from pathlib import Path

import requests

from .. import ui
from ..errors import PsaError

TIMEOUT = (8, 60)  # seconds to connect, and between two reads
ATTEMPTS = 3  # without any progress
CHUNK = 1 << 18


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def text(url: str) -> str:
    """A small page that is read at once."""
    try:
        answer = requests.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise PsaError(f"{url} could not be read ({_cause(error)}); check the network and try again") from error
    return answer.text


def fetch(url: str, target: Path, checksum: str, size: int) -> Path:
    """The file at `url` as `target`. What is there already is used; what has the wrong checksum is thrown away."""
    if target.is_file() and sha256(target) == checksum:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    with ui.download_bar(target.name, size) as update:
        failures = 0
        while True:
            before = _size(partial)
            try:
                _continue(url, partial, update)
                break
            except requests.RequestException as error:
                # What got further is worth another try, however often it breaks off.
                failures = 0 if _size(partial) > before else failures + 1
                if failures == ATTEMPTS:
                    raise PsaError(
                        f"{url} could not be fetched ({_cause(error)}); check the network and try again, "
                        "the download goes on where it stopped"
                    ) from error
    if (found := sha256(partial)) != checksum:
        partial.unlink()
        raise PsaError(
            f"{url} was refused because its SHA256 is {found} and not {checksum}; "
            "try again, and if it stays so the mirror is not to be trusted"
        )
    partial.replace(target)
    return target


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _continue(url: str, partial: Path, update: ui.Callable[[int], None]) -> None:
    there = _size(partial)
    headers = {"Range": f"bytes={there}-"} if there else {}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if there and answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # it is whole: the checksum decides
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        there = there if resumed else 0
        with partial.open("ab" if resumed else "wb") as stream:
            for block in answer.iter_content(CHUNK):
                stream.write(block)
                there += len(block)
                update(there)


def _cause(error: Exception) -> str:
    """The innermost reason, which is the one that people understand."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error).strip(" .") or type(error).__name__
