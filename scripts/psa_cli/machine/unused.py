"""What the cache holds for checkouts that are gone, or have moved on."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 90 * 24 * 3600


def drop(folder: Path, get_witness: Callable[[Path], Path] = lambda found: found) -> None:
    """Drop each folder in there that nobody has used for a quarter of a year: its witness is as old as its last use."""
    for found in folder.iterdir():
        witness = get_witness(found)
        if found.is_dir() and witness.exists() and time.time() - witness.stat().st_mtime > SECONDS:
            shutil.rmtree(found, ignore_errors=True)
