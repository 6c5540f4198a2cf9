"""The clock of one SLA target: how much working time a ticket has used up, and when the target is due.

A ticket goes from stage to stage. In each stage the clock of a target runs, or pauses, or has ended
because the target is met there. A small `Clock` holds all that has passed before, so a move costs one look
at the calendar, however long the history of the ticket is. Advancing a clock move by move gives the same
as replaying the whole history.

A breach is the moment at which the consumed time reaches the target while the clock runs, whether anybody
notices it then or not. A breach is never taken back, and the clock runs on after it.

No Odoo in here. Moments are naive UTC datetimes in whole seconds; `working_time` is a `WorkingTime`.
"""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class Target:
    """What is promised: so many working seconds until the ticket reaches one of the stages that meet it.

    A target that latches is met once and for all, as a first response is. The clock of any other target
    goes on when the ticket leaves the stages that meet it; time in those stages is not counted.
    """

    seconds: int
    pause_stage_ids: frozenset = frozenset()
    met_stage_ids: frozenset = frozenset()
    latches: bool = False


@dataclass(frozen=True)
class Clock:
    """Where a clock stands after the last move of its ticket.

    `consumed` is the working time used up to `changed_at`, in seconds. The clock runs since `running_since`;
    a clock that neither runs nor is met is paused.
    """

    consumed: int = 0
    running_since: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    changed_at: datetime | None = None


def advance(clock, target, working_time, stage_id, at):
    """The clock after the ticket has entered a stage.

    Two servers can disagree about the time. A move that is dated before the previous move counts from the
    previous one, so that a clock never runs backwards and no second counts twice.
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
    """The same clock at `until`, with the breach on it if there was one by then."""
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
    """(clock, moments): what `replay` gives, and all moments of `points`, those passed by `until` and those ahead."""
    clock, passed = Clock(), []
    for stage_id, entered_at in stays:
        ahead = moments(clock, target, working_time, points)
        clock = advance(clock, target, working_time, stage_id, entered_at)
        passed += [moment for moment in ahead if moment[0] <= clock.changed_at]
    return settle(clock, target, working_time, until), passed + moments(clock, target, working_time, points)


def due_at(clock, target, working_time):
    """When the target is due: the moment of its breach, or of the breach to come if nobody moves the ticket.

    A paused clock has no such moment. The clock of a met target keeps the moment before which it was met.
    """
    if clock.breached_at is not None:
        return clock.breached_at
    since = clock.running_since or clock.met_at
    if since is None:
        return None
    return working_time.after(since, _ahead(clock, target.seconds))


def moments(clock, target, working_time, points):
    """When a running clock will pass each of `points`, given as (consumed seconds, key): (moment, key), in order.

    Points that the clock has passed are left out. It passes no point before it has run for a second.
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
