"""What the steps of `scripts/psa demo` share: the story so far, and what ends it."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ..wire.wire import Person, Wire, refusal, utc_stamp

TICKET_FIELDS = ["number", "name", "stage_id", "priority", "commercial_partner_id", "team_id", "asset_id", "user_id"]


class Surprise(Exception):
    """Something was not as it should be; the sentence says what was seen instead."""


def expect(as_it_should_be: Any, otherwise: str) -> None:
    if not as_it_should_be:
        raise Surprise(otherwise)


@dataclass
class Story:
    """What the steps hand on to each other."""

    wire: Wire
    name: str = field(default_factory=lambda: f"NWD-DEMO-{utc_stamp()}")
    device: str = field(default_factory=lambda: str(uuid4()))
    people: dict[str, Person] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    registration: dict[str, Any] = field(default_factory=dict)
    asset: dict[str, Any] = field(default_factory=dict)
    ticket: dict[str, Any] = field(default_factory=dict)
    svr: dict[str, Any] = field(default_factory=dict)
    time_id: int = 0
    vendors: dict[str, Any] = field(default_factory=dict)
    # What is put back as it was when the demo ends, however it ends.
    afterwards: ExitStack = field(default_factory=ExitStack)

    def person(self, role: str) -> Person:
        if role not in self.people:
            self.people[role] = self.wire.person(role)
        return self.people[role]

    def stage_of_ticket(self) -> str:
        self.ticket = self.person("operations").read_one(
            "helpdesk.ticket", [("id", "=", self.ticket["id"])], TICKET_FIELDS
        )
        return self.ticket["stage_id"][1]

    def write_ticket(self, role: str, **values: Any) -> None:
        self.person(role).call("helpdesk.ticket", "write", [self.ticket["id"]], values)

    def move(self, role: str, code: str) -> str:
        """The move that a person makes by a click; back comes the stage that the ticket is in now."""
        self.write_ticket(role, stage_id=self.stages[code])
        return f"{self.stage_of_ticket()} (by {role})"

    def refused_move(self, role: str, code: str, why: str) -> str:
        with refusal() as said:
            self.write_ticket(role, stage_id=self.stages[code])
        expect(said, f"the ticket went to {code} although {why}")
        return f"refused as it should be: “{said[0]}”"
