"""What goes wrong between us and a vendor, by script."""

import fnmatch
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with one call.

    `kind` is one of:
    status         answers `status`, with `retry_after` (seconds or a date) when given
    hang           processes nothing and answers nothing for `seconds`
    hang_after     processes the call, then answers nothing for `seconds`
    reset          cuts the connection before it processes anything
    reset_after    processes the call, then cuts the connection: nobody knows whether it was done
    truncated      answers half of the JSON
    html           answers a page for people, with status 200
    slow           sends the body a few bytes at a time over `seconds`
    big            answers a body of `size` bytes
    """

    kind: str
    status: int = 500
    retry_after: str | int | None = None
    seconds: float = 30.0
    size: int = 64 * 1024 * 1024

    @property
    def happens_before(self):
        return self.kind in ("status", "hang", "reset", "html", "big")


TIMEOUT = Fault("hang")
RATE_LIMITED = Fault("status", status=429)
SERVER_ERROR = Fault("status", status=500)
TRUNCATED = Fault("truncated")
HTML = Fault("html")
SLOW = Fault("slow", seconds=3.0)
RESET = Fault("reset")
RESET_AFTER = Fault("reset_after")

KINDS = ("status", "hang", "hang_after", "reset", "reset_after", "truncated", "html", "slow", "big")


class Script:
    """Which calls go wrong next: per route, in order, each fault once unless it is said to stay."""

    def __init__(self):
        self._lock = threading.Lock()
        self._entries = []

    def add(self, route, *faults, times=1, skip=0):
        """`route` is "GET /pulseway/v3/devices", with wildcards; None as a fault lets one call pass.

        The first `skip` calls pass; `times` repeats the faults, None for ever.
        """
        for fault in faults:
            if fault and fault.kind not in KINDS:
                raise ValueError(f"There is no fault '{fault.kind}'; there are {', '.join(KINDS)}.")
        queue = [None] * skip + list(faults) * (times or 1)
        with self._lock:
            self._entries.append({"route": route, "queue": queue, "last": list(faults) if times is None else []})

    def clear(self):
        with self._lock:
            self._entries.clear()

    def take(self, method, path):
        """The fault of this call, or None."""
        with self._lock:
            for entry in self._entries:
                if not fnmatch.fnmatchcase(f"{method} {path}", entry["route"]):
                    continue
                if not entry["queue"] and entry["last"]:
                    entry["queue"] = list(entry["last"])
                if entry["queue"]:
                    return entry["queue"].pop(0)
        return None
