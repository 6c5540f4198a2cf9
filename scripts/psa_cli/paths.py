"""Where things are: the tree, the state of this checkout and the cache that checkouts share."""

import hashlib
import os
from pathlib import Path

from .errors import PsaError

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ROOT / "addons"
CONFIG = ROOT / "config" / "l1"
LOCAL = ROOT / ".local"
INSTANCE = LOCAL / "instance.json"


def cache_dir() -> Path:
    """What the checkouts of a machine share; read at each call, so that a test can point it elsewhere."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "stratum-psa"


def cache(*parts: str) -> Path:
    """A folder of the cache, made when it is not there."""
    folder = cache_dir().joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PsaError(
            f"{folder} cannot be made ({error.strerror}); set XDG_CACHE_HOME to a folder that this user can write"
        ) from error
    return folder


def local(*parts: str, mode: int = 0o755) -> Path:
    """A folder below `.local`, made when it is not there."""
    folder = LOCAL.joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
    except PermissionError as error:
        raise PsaError(
            f"{error.filename} cannot be made by this user; run as the user who owns {LOCAL}, or remove that folder"
        ) from error
    return folder


def log_file(name: str) -> Path:
    """The log of that name; people are pointed to it, so it is always in the same folder."""
    return local("log") / f"{name}.log"


def checkout_id() -> str:
    """Tells this checkout from others of the same machine, where they share a folder or a server."""
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read, in one step: a reader sees the old or the new text."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    draft.replace(path)
