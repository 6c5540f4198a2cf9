"""How many more messages a process may let in before it must ask the database how many there were.

The rate of a connection is counted over all processes, and only the database sees them all. Asking it for every message
costs a scan of as many messages as the rate allows. Far below the rate that teaches nothing: a process that has seen
how much is left takes a small part of it without asking, so that all processes together stay within the rate.
"""

import time

# Of what is left, a process takes one part in so many: with that many processes the rate still holds.
SHARE = 16
# Seconds for which what was seen counts.
LIFETIME = 15


class Headroom:
    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._left = {}

    def take(self, key):
        """Whether one more may come in unasked."""
        left, until = self._left.get(key, (0, 0))
        if not left or self._clock() > until:
            return False
        self._left[key] = (left - 1, until)
        return True

    def remember(self, key, left):
        """Keep that the database has seen room for `left` more."""
        self._left[key] = (left // SHARE, self._clock() + LIFETIME)
