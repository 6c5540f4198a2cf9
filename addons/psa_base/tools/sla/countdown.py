"""What a clock tells people now: whether it runs, and how much working time is left.

No Odoo in here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .clock import due_at

# The working hours of so long a time go to the screen, so that it counts down by itself until it is read again.
AHEAD = timedelta(hours=24)
# A target is due soon when less than this part of its time is left.
SOON = 0.25

PAUSED, RUNNING, MET = "paused", "running", "met"


@dataclass(frozen=True)
class Countdown:
    """`left` is in working seconds, negative once the target is missed; `due_at` is empty while the clock pauses."""

    status: str
    left: int
    target_seconds: int
    due_at: datetime | None
    work_ahead: tuple = ()

    @property
    def tone(self):
        """met | late | ok | soon | paused | overdue"""
        if self.status == MET:
            return "met" if self.left >= 0 else "late"
        if self.left <= 0:
            return "overdue"
        if self.status == PAUSED:
            return "paused"
        return "soon" if self.left < SOON * self.target_seconds else "ok"

    @property
    def urgency(self):
        """Sorts the targets of a ticket: running, then paused, then met; of each the one with the least time first."""
        return (RUNNING, PAUSED, MET).index(self.status), self.left


def count_down(clock, target, working_time, now):
    """The countdown of the engine's clock."""
    left = target.seconds - clock.consumed
    if clock.running_since is not None:
        left -= working_time.between(clock.running_since, now)
        due, work_ahead = due_at(clock, target, working_time), working_time.intervals(now, now + AHEAD)
        return Countdown(RUNNING, left, target.seconds, due, tuple(work_ahead))
    if clock.met_at is not None:
        return Countdown(MET, left, target.seconds, due_at(clock, target, working_time))
    return Countdown(PAUSED, left, target.seconds, None)


def count_down_to(deadline, status, consumed, target_seconds, working_time, now):
    """The countdown of a row of OCA's, in teams without a lifecycle: it has a deadline and no clock."""
    if status != RUNNING or deadline is None:
        return Countdown(status, target_seconds - consumed, target_seconds, deadline)
    left = working_time.between(now, deadline) - working_time.between(deadline, now)
    left = left or int((deadline - now).total_seconds() > 0)
    return Countdown(RUNNING, left, target_seconds, deadline, tuple(working_time.intervals(now, now + AHEAD)))
