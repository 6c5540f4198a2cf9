"""What a clock has to say to people now: in which state it is, and how much working time is left.

No Odoo in here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .clock import due_at

# Working hours that are sent along, so that the screen counts down by itself until it is read again.
AHEAD = timedelta(hours=24)
# Under this part of the target, what is left is little.
SOON = 0.25

PAUSED, RUNNING, MET = "paused", "running", "met"


@dataclass(frozen=True)
class Countdown:
    """`left` are working seconds, negative when the target was missed; `due_at` is empty while paused."""

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
        """Sorts the targets of a ticket: what runs, what may run again, what is over; least time first."""
        return (RUNNING, PAUSED, MET).index(self.status), self.left


def count_down(clock, target, working_time, now):
    """The countdown of a clock of the engine."""
    left = target.seconds - clock.consumed
    if clock.running_since is not None:
        left -= working_time.between(clock.running_since, now)
        due, work_ahead = due_at(clock, target, working_time), working_time.intervals(now, now + AHEAD)
        return Countdown(RUNNING, left, target.seconds, due, tuple(work_ahead))
    if clock.met_at is not None:
        return Countdown(MET, left, target.seconds, due_at(clock, target, working_time))
    return Countdown(PAUSED, left, target.seconds, None)


def count_down_to(deadline, status, consumed, target_seconds, working_time, now):
    """The countdown of a row that has a deadline and no clock: OCA's, in teams without a lifecycle."""
    if status != RUNNING or deadline is None:
        return Countdown(status, target_seconds - consumed, target_seconds, deadline)
    left = working_time.between(now, deadline) - working_time.between(deadline, now)
    left = left or int((deadline - now).total_seconds() > 0)
    return Countdown(RUNNING, left, target_seconds, deadline, tuple(working_time.intervals(now, now + AHEAD)))
