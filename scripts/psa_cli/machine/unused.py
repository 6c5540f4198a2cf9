"""What the cache holds for checkouts that are gone, or have moved on."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SECONDS = 90 * 24 * 3600
GOING = ".going-"


def mark_used(witness: Path) -> None:
    """Note that what this file or folder stands for was used now, if the cache can be written."""
    with suppress(OSError):
        os.utime(witness)


def drop(folder: Path, get_witness: Callable[[Path], Path] = lambda found: found) -> None:
    """Drop each folder that nobody has used for a quarter of a year, and that no process was started from.

    `get_witness` gives the file whose time is that of the last use; where it is missing, the folder's own time counts.
    """
    with suppress(OSError):
        for found in [path for path in folder.iterdir() if path.is_dir()]:
            if not found.name.startswith(GOING):
                if time.time() - _get_time(get_witness(found), found) < SECONDS or _is_running_from(found):
                    continue
                # In one step: nobody may take a folder for whole of which half is gone.
                found = found.rename(found.with_name(f"{GOING}{found.name}"))
            shutil.rmtree(found, ignore_errors=True)


def _get_time(*paths: Path) -> float:
    return next(path.stat().st_mtime for path in paths if path.exists())


def _is_running_from(folder: Path) -> bool:
    """Whether a process was started by a program in the folder. Without /proc nobody knows, so nothing says so."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if command.read_bytes().startswith(os.fsencode(folder) + b"/"):
                return True
    return False
