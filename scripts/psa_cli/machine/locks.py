"""File locks, so that two runs at once do not make the same thing twice or half."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .. import ui

PATIENCE = 5.0  # seconds; a shorter wait is nothing to tell of


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Only one process at a time is inside; the kernel gives the lock back however the holder ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _wait(stream, path.name)
        yield


def _wait(stream: TextIO, name: str) -> None:
    notice = threading.Timer(PATIENCE, ui.say, [f"Waiting for whoever holds {name}, in this run or another"])
    notice.start()
    try:
        fcntl.flock(stream, fcntl.LOCK_EX)
    finally:
        notice.cancel()


class Lease:
    """A claim on something shared. Whoever finds that no one else has one may switch it off.

    A child that inherits `fd` keeps its own claim for as long as it lives, which no pid file can promise.
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self.fd, fcntl.LOCK_SH)

    def is_last(self) -> bool:
        """Whether no one else has a claim; ours is kept either way."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Asking for the exclusive lock lets go of the shared one.
            fcntl.flock(self.fd, fcntl.LOCK_SH)
            return False
        fcntl.flock(self.fd, fcntl.LOCK_SH)
        return True

    def release(self) -> None:
        os.close(self.fd)
