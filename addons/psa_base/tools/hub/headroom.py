"""How many more messages a process may let in before it must ask the database how many came.

A connection's rate is counted over all processes, and only the database knows of all. Asking it scans as many messages
as the rate allows, which is too much for every message. So a process that has seen how many messages are left takes a
small share of them without asking; the shares of all processes together stay within the rate.
"""

import time

# A process takes one part in so many of what is left: with up to that many processes the rate holds.
SHARE = 16
# So many seconds after it was seen, the number counts no more.
LIFETIME = 15


class Headroom:
    """The shares that this process may still let in, by key (database and connection)."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._left = {}

    def take(self, key):
        """Whether one more message may come in without asking the database; it is taken off the share."""
        left, until = self._left.get(key, (0, 0))
        if not left or self._clock() > until:
            return False
        self._left[key] = (left - 1, until)
        return True

    def remember(self, key, left):
        """Keep that the database has seen room for `left` more."""
        self._left[key] = (left // SHARE, self._clock() + LIFETIME)
