"""The rules of the nine stages as a service manager would write them down, for tests to compare the engine with.

Nothing here uses the engine. A ticket has only what a person at the desk knows of it.
"""

from dataclasses import dataclass, replace

DESK = {"support", "operations", "admin"}
EVERYBODY = {*DESK, "client"}

STAGES = (
    "request",
    "triage",
    "assigned",
    "in_progress",
    "pending_client",
    "pending_third_party",
    "resolved",
    "svr_pending",
    "closed",
)

# (from, to): the roles that may make the move. Every other move is refused to everybody.
MOVES = {
    ("request", "triage"): DESK,
    ("triage", "request"): DESK,
    ("triage", "assigned"): DESK,
    ("assigned", "triage"): DESK,
    ("assigned", "in_progress"): DESK,
    ("in_progress", "assigned"): DESK,
    ("in_progress", "pending_client"): DESK,
    ("in_progress", "pending_third_party"): DESK,
    ("in_progress", "resolved"): DESK,
    ("pending_client", "in_progress"): DESK,
    ("pending_client", "pending_third_party"): DESK,
    ("pending_client", "resolved"): DESK,
    ("pending_third_party", "in_progress"): DESK,
    ("pending_third_party", "pending_client"): DESK,
    ("pending_third_party", "resolved"): DESK,
    ("resolved", "in_progress"): EVERYBODY,
    ("resolved", "svr_pending"): DESK,
    ("svr_pending", "in_progress"): EVERYBODY,
    ("svr_pending", "closed"): EVERYBODY,
}
# These moves ask for an engineer. A client who sends work back is not asked for one.
STARTS_WORK = {("assigned", "in_progress"), ("pending_client", "in_progress"), ("pending_third_party", "in_progress")}
WAITS_FOR_VENDOR = {("in_progress", "pending_third_party"), ("pending_client", "pending_third_party")}
# The stages that a client's reply moves a ticket out of, and where to.
REPLIES = {"pending_client": "in_progress", "resolved": "in_progress"}
# A ticket has an engineer from the start of work until it is closed.
NEEDS_ENGINEER = {"in_progress", "pending_client", "pending_third_party", "resolved", "svr_pending"}


@dataclass(frozen=True)
class Ticket:
    """What is known of a ticket; `report` is the state of its latest service report."""

    stage: str
    engineer: str | None
    team: str | None
    has_vendor: bool
    report: str | None = None

    def get_targets(self):
        return [to for start, to in MOVES if start == self.stage]

    def get_refusal(self, target, role):
        """Why this role may not move the ticket there; None if it may, or if the ticket is there already."""
        move = (self.stage, target)
        if self.stage == target:
            return None
        if move not in MOVES:
            return "there is no such move"
        if role != "system" and role not in MOVES[move]:
            return f"{role} may not make it"
        if move in STARTS_WORK and not self.engineer:
            return "there is no engineer"
        if move in WAITS_FOR_VENDOR and not self.has_vendor:
            return "no vendor is named"
        if target == "closed" and self.report != "approved":
            return "the client has not approved the report"
        return None

    def move(self, target):
        """The ticket after a move by any way in, with the state of its report after that."""
        if target == self.stage:
            return self
        report = self.report
        if report == "sent" and target not in ("svr_pending", "closed"):
            report = "rejected"
        if target == "resolved":
            report = "draft"
        if target == "svr_pending":
            report = "sent"
        return replace(self, stage=target, report=report)

    def assign(self, engineer):
        return replace(self, engineer=engineer)

    def report_is(self, state):
        return replace(self, report=state)

    def give_to(self, team, members):
        """The ticket in another team; an engineer who is not in that team is taken off it."""
        return replace(self, team=team, engineer=self.engineer if self.engineer in members else None)

    def is_waiting_for_approval(self):
        return self.stage == "svr_pending" and self.report == "sent"

    def is_without_needed_engineer(self):
        return self.stage in NEEDS_ENGINEER and not self.engineer
