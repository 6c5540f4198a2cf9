"""The clock of one SLA target: how much working time a ticket has used up, and when the target is due.

A ticket goes from stage to stage. In each, the clock of a target runs, stands still (the target pauses
there) or has come to its end (the target is met there). What has passed before is all in one small
`Clock`, so a move costs one look at the calendar, however long the history of the ticket is: advancing
a clock move by move and replaying the whole history give the same.

Breach: the moment at which the consumed time reaches the target, if the clock still runs then. Nobody
needs to notice it at that moment. It is never taken back, and the clock runs on.

No Odoo in here. Moments are naive UTC datetimes in whole seconds; `working_time` is a `WorkingTime`.
"""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class Target:
    """What is promised: so many working seconds until the ticket reaches one of the stages that meet it.

    A target that latches is met once and for all, as a first response is. Another one goes on when the
    ticket leaves the stages that meet it; the time in them is not counted.
    """

    seconds: int
    pause_stage_ids: frozenset = frozenset()
    met_stage_ids: frozenset = frozenset()
    latches: bool = False


@dataclass(frozen=True)
class Clock:
    """Where a clock stands after the last move of its ticket.

    `consumed` is the working time up to `changed_at`; since `running_since` more of it passes. A clock
    that neither runs nor is met is paused.
    """

    consumed: int = 0
    running_since: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    changed_at: datetime | None = None


def advance(clock, target, working_time, stage_id, at):
    """The clock after the ticket has entered a stage.

    A move that is dated before the one ahead of it, because two servers disagree about the time, counts
    from that one: a clock never runs backwards and no second counts twice.
    """
    at = at.replace(microsecond=0)
    if clock.changed_at is not None:
        at = max(at, clock.changed_at)
    clock = settle(clock, target, working_time, at)
    consumed = clock.consumed
    if clock.running_since is not None:
        consumed += working_time.between(clock.running_since, at)
    running_since, met_at = None, None
    if target.latches and clock.met_at is not None:
        met_at = clock.met_at
    elif stage_id in target.met_stage_ids:
        met_at = clock.met_at or at
    elif stage_id not in target.pause_stage_ids:
        running_since = at
    return Clock(consumed, running_since, met_at, clock.breached_at, at)


def settle(clock, target, working_time, until):
    """The same clock, with the breach on it if there has been one by now."""
    if clock.breached_at is None and clock.running_since is not None:
        due = due_at(clock, target, working_time)
        if due is not None and due <= until:
            return replace(clock, breached_at=due)
    return clock


def replay(target, working_time, stays, until):
    """The clock at `until` of a ticket with this history: (stage id, entered at), in order."""
    clock = Clock()
    for stage_id, entered_at in stays:
        clock = advance(clock, target, working_time, stage_id, entered_at)
    return settle(clock, target, working_time, until)


def replay_moments(target, working_time, stays, until, points):
    """`replay`, and all `moments` that the history passes: those before `until` and those ahead of it."""
    clock, passed = Clock(), []
    for stage_id, entered_at in stays:
        ahead = moments(clock, target, working_time, points)
        clock = advance(clock, target, working_time, stage_id, entered_at)
        passed += [moment for moment in ahead if moment[0] <= clock.changed_at]
    return settle(clock, target, working_time, until), passed + moments(clock, target, working_time, points)


def due_at(clock, target, working_time):
    """When the target is due: the breach that was, or the one that comes if nobody moves the ticket.

    A paused clock has no such moment. A met one keeps the moment that it had to beat.
    """
    if clock.breached_at is not None:
        return clock.breached_at
    since = clock.running_since or clock.met_at
    if since is None:
        return None
    return working_time.after(since, _ahead(clock, target.seconds))


def moments(clock, target, working_time, points):
    """When a running clock will pass each point (consumed seconds, key): (moment, key), in order.

    Points behind it are left out. A clock passes no point before it has run for a second.
    """
    if clock.running_since is None:
        return []
    ahead = [
        (working_time.after(clock.running_since, _ahead(clock, seconds)), key)
        for seconds, key in sorted(points, key=_get_seconds)
        if max(seconds, 1) > clock.consumed
    ]
    return [moment for moment in ahead if moment[0] is not None]


def _ahead(clock, seconds):
    return max(seconds, 1) - clock.consumed


def _get_seconds(point):
    return point[0]
