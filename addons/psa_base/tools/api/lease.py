"""How many requests a process may let in before it has to ask the database for more.

A rate limit is one for all processes, and only the database sees all of them. So a process takes some requests from the
database at once, and counts these down by itself. It takes one at first and twice as many each time, so that callers
with few requests are counted exactly.
"""

import threading
from dataclasses import dataclass


@dataclass(slots=True)
class _Lease:
    period: object
    rate: int
    # Requests that may come in without asking the database.
    in_hand: int = 0
    # Requests that were left in the database when it was asked last.
    in_store: int = 0
    # How many requests are taken from the database next time.
    size: int = 1
    is_spent: bool = False


class Leases:
    def __init__(self):
        self._lock = threading.Lock()
        self._leases = {}

    def take(self, key, period, rate, fetch):
        """Let one more request in, and return how many are left in the period; None when none was left.

        `fetch(size)` takes `size` requests from the database and returns how many were taken in the period by all
        processes; None when none was left. Of those, requests above the rate are not let in.
        """
        with self._lock:
            lease = self._leases.get(key)
            if not lease or (lease.period, lease.rate) != (period, rate):
                lease = self._leases[key] = _Lease(period, rate)
            if lease.in_hand:
                lease.in_hand -= 1
                return lease.in_hand + lease.in_store
            if lease.is_spent:
                return None
            size = lease.size
        taken = fetch(size)
        with self._lock:
            if taken is None:
                lease.is_spent = True
                return None
            lease.in_hand += size - max(0, taken - rate) - 1
            lease.in_store = max(0, rate - taken)
            lease.size = min(size * 2, _get_max_size(rate))
            return lease.in_hand + lease.in_store


def _get_max_size(rate):
    return max(1, min(20, rate // 60))
