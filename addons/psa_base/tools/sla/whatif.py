"""How a target would have ended under other rules: the ticket's history is replayed and the result measured.

No Odoo in here.
"""

from typing import NamedTuple

from .clock import replay

KEPT, STILL_LATE, NEWLY_LATE, SAVED = "kept", "still_late", "newly_late", "saved"


class Measure(NamedTuple):
    """Whether a target was missed, and by how much working time so far."""

    is_breached: bool
    late_seconds: int


def measure(target, working_time, stays, until):
    clock = replay(target, working_time, stays, until)
    if clock.breached_at is None:
        return Measure(False, 0)
    consumed = clock.consumed
    if clock.running_since is not None:
        consumed += working_time.between(clock.running_since, until)
    return Measure(True, max(0, consumed - target.seconds))


def get_outcome(before, after):
    """What the proposal changes about a target, in one word."""
    if before.is_breached:
        return STILL_LATE if after.is_breached else SAVED
    return NEWLY_LATE if after.is_breached else KEPT
