"""A target of a ticket, with its clock and its plan, between the reading of its row and the writing.

The plan holds the moments that the sweep has not come to yet: the breach, and one for each threshold. A
moment stays in the plan until the sweep takes it, even if it is past and the ticket has moved on since.
"""

from dataclasses import dataclass, field
from datetime import datetime

from ..calendar.working_time import HOUR
from .clock import Clock, Target, advance, due_at, moments, replay_moments

FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Promise:
    """What a rule promises to a ticket, and all that the engine needs to keep its clock.

    `points` are the thresholds, as (consumed seconds, id).
    """

    sla_id: int
    layer: str
    target_name: str
    calendar_id: int | None
    stage_id: int | None
    target: Target
    working_time: object
    points: tuple = ()

    @property
    def key(self):
        return self.layer, self.target_name

    def is_kept_in(self, row):
        kept = row["sla_id"], row["calendar_id"], row["target_seconds"]
        return kept == (self.sla_id, self.calendar_id, self.target.seconds)


@dataclass
class RunningTarget:
    """One promise to one ticket, with its clock and its plan."""

    promise: Promise
    ticket_id: int
    row_id: int | None = None
    clock: Clock = field(default_factory=Clock)
    plan: list = field(default_factory=list)

    @classmethod
    def from_row(cls, promise, row):
        clock = Clock(
            row["consumed_seconds"] or 0,
            row["running_since"],
            row["met_at"],
            row["breached_at"],
            row["last_state_date"],
        )
        return cls(promise, row["ticket_id"], row["id"], clock, row["alert_plan"] or [])

    @classmethod
    def to_replay(cls, promise, ticket_id, row):
        """A target that still has to be replayed. It is written over `row`, if there is one."""
        known = row or {}
        return cls(promise, ticket_id, known.get("id"), plan=known.get("alert_plan") or [])

    def enter(self, stage_id, at):
        """Move the clock on: the ticket enters a stage."""
        promise = self.promise
        self.clock = advance(self.clock, promise.target, promise.working_time, stage_id, at)
        now = self.clock.changed_at.strftime(FORMAT)
        ahead = moments(self.clock, promise.target, promise.working_time, self._get_points())
        self.plan = [entry for entry in self.plan if entry["at"] <= now] + _to_plan(ahead)

    def replay(self, stays, now):
        """Set the clock anew from the history of the ticket.

        A replay plans no past thresholds for a target that is met, or new to the ticket, except those that
        were in its plan already. A breach is planned however long ago it was.
        """
        promise, waiting = self.promise, {entry["threshold"] for entry in self.plan}
        self.clock, found = replay_moments(promise.target, promise.working_time, stays, now, self._get_points())
        if self.clock.met_at or not self.row_id:
            found = [(at, key) for at, key in found if key is None or key in waiting or at > now]
        self.plan = _to_plan(found)

    def _get_points(self):
        # The breach comes first, so that it is planned before thresholds of the same moment.
        return ((self.promise.target.seconds, None), *self.promise.points)

    @property
    def due(self):
        return due_at(self.clock, self.promise.target, self.promise.working_time)

    @property
    def next_due(self):
        """When the ticket has to be done for this target, as long as its clock runs."""
        return self.due if self.clock.running_since else None

    @property
    def state(self):
        """OCA's state of the row. A missed target stays expired; a clock that runs and is never due is on hold."""
        if self.clock.breached_at:
            return "expired"
        if self.clock.met_at:
            return "accomplished"
        return "in_progress" if self.next_due else "on_hold"

    def to_row(self):
        clock, promise = self.clock, self.promise
        return {
            "id": self.row_id,
            "ticket_id": self.ticket_id,
            "sla_id": promise.sla_id,
            "layer": promise.layer,
            "target": promise.target_name,
            "calendar_id": promise.calendar_id,
            "expected_stage_id": promise.stage_id,
            "target_seconds": promise.target.seconds,
            "hours": promise.target.seconds / HOUR,
            "consumed_seconds": clock.consumed,
            "consumed_time": clock.consumed / HOUR,
            "running_since": _to_text(clock.running_since),
            "last_state_date": _to_text(clock.changed_at),
            "met_at": _to_text(clock.met_at),
            "breached_at": _to_text(clock.breached_at),
            "deadline": _to_text(self.due),
            "state": self.state,
            "alert_plan": self.plan,
            "next_alert_at": min((entry["at"] for entry in self.plan), default=None),
        }


def _to_plan(found):
    return [{"at": at.strftime(FORMAT), "threshold": key} for at, key in found]


def _to_text(moment: datetime | None):
    return moment and moment.strftime(FORMAT)
