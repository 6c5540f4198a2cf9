"""The tickets of the story, each with the route that it has taken.

tickets.json has those of the last weeks, earlier.json those of the months before.
"""

import json
from dataclasses import dataclass

from odoo.tools import file_open

from .world import MODULE

# Steps after the stage Request, each with the working hours from the opening of the ticket to the step, at pace 1.
# Most steps are stages. With `approve` and `reject` the client decides on the report, and the ticket follows by itself.
TO_TRIAGE = (("triage", 0.4),)
TO_ASSIGNED = (*TO_TRIAGE, ("assigned", 0.7))
TO_WORK = (*TO_ASSIGNED, ("in_progress", 1.2))
TO_CLIENT = (*TO_WORK, ("pending_client", 2.0))
TO_THIRD_PARTY = (*TO_WORK, ("pending_third_party", 2.2))
TO_RESOLVED = (*TO_WORK, ("resolved", 3.5))
TO_RESOLVED_BY_CLIENT = (*TO_CLIENT, ("in_progress", 9.0), ("resolved", 10.5))
TO_RESOLVED_BY_VENDOR = (*TO_THIRD_PARTY, ("in_progress", 14.0), ("resolved", 15.0))

ROUTES = {
    "request": (),
    "triage": TO_TRIAGE,
    "assigned": TO_ASSIGNED,
    "in_progress": TO_WORK,
    "pending_client": TO_CLIENT,
    "pending_third_party": TO_THIRD_PARTY,
    "resolved": TO_RESOLVED,
    "svr_pending": (*TO_RESOLVED, ("svr_pending", 4.0)),
    "svr_rejected": (*TO_RESOLVED, ("svr_pending", 4.0), ("reject", 9.0)),
    "closed": (*TO_RESOLVED, ("svr_pending", 4.0), ("approve", 8.0)),
    "closed_after_client": (
        *TO_RESOLVED_BY_CLIENT,
        ("svr_pending", 11.0),
        ("approve", 18.0),
    ),
    "closed_after_vendor": (
        *TO_RESOLVED_BY_VENDOR,
        ("svr_pending", 15.5),
        ("approve", 20.0),
    ),
}
# When monitoring repeats its alert, in working hours after the opening of the ticket.
REPEATS = (0.2, 0.6, 1.5)
PRIORITIES = {"low": "0", "medium": "1", "high": "2", "critical": "3"}


@dataclass(frozen=True, eq=False)
class Ticket:
    """A ticket about a device, opened by somebody at the client or by the monitoring system.

    contact: the number of the client's person, from 1
    opened: how many working hours ago
    pace: stretches the route; 3 is three times as slow
    message: what the engineer wrote to the client at the start of the work
    time: the time entries of the engineer
    time_approved: whether Operations approved the time before the report was sent
    complaint: why the client rejected the report
    template: the title of the template that the ticket was made from
    ticked: how many items of its checklist are done by the end, if not all
    events: what else happens `after` so many working hours: a move that is refused (`attempt`), a move of an
        administrator against the rules (`override`), or a reason for a missed target (`explain`)
    comes_and_goes: after the first alert, noise.py says what monitoring reports
    """

    device: str
    title: str
    description: str
    priority: str
    route: str
    opened: float
    contact: int = 0
    source: str = "phone"
    engineer: str = ""
    vendor: str = ""
    vendor_reference: str = ""
    pace: float = 1
    message: str = ""
    time: tuple[dict, ...] = ()
    time_approved: bool = True
    complaint: str = ""
    template: str = ""
    ticked: int | None = None
    events: tuple[dict, ...] = ()
    comes_and_goes: bool = False

    @property
    def moves(self):
        """The steps after the opening, as (step, working hours before now)."""
        return [(step, self.opened - hours * self.pace) for step, hours in ROUTES[self.route]]

    @property
    def repeats(self):
        """When monitoring repeats its alert, in working hours before now."""
        is_repeated = self.source == "monitoring" and not self.comes_and_goes
        moments = (self.opened - hours for hours in REPEATS) if is_repeated else ()
        return [hours for hours in moments if hours > 0]

    @property
    def reporting_step(self):
        """The step before which the engineer enters the time: the end of the work so far."""
        steps = [step for step, _hours in ROUTES[self.route]]
        if not self.time:
            return None
        return "resolved" if "resolved" in steps else steps[-1]


def read_tickets():
    return [Ticket(**ticket) for name in ("earlier", "tickets") for ticket in _read(name)]


def _read(name):
    with file_open(f"{MODULE}/story/{name}.json") as script:
        return json.load(script)
