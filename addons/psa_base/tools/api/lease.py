"""How many requests a process may let in before it must ask the database for more.

A rate holds over all processes, and only the database sees them all. A process takes a few requests at once and counts
those down by itself. It begins with one and asks for twice as many each time, so that what a rare caller is counted
for is what it did.
"""

import threading
from dataclasses import dataclass


@dataclass(slots=True)
class _Lease:
    period: object
    rate: int
    # may come in unasked
    in_hand: int = 0
    # the database had still when it was asked last
    in_store: int = 0
    size: int = 1
    is_spent: bool = False


class Leases:
    def __init__(self):
        self._lock = threading.Lock()
        self._leases = {}

    def take(self, key, period, rate, fetch):
        """Let one more in: how many are left in the period; None when there was none left.

        `fetch(size)` takes `size` from the store and returns how many were taken over all, None when none
        could be. Those above the rate are not given.
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
