"""Plays the tickets of the script: all steps of all tickets, in order of time."""

from dataclasses import dataclass
from datetime import datetime

from . import people
from .clock import Clock
from .script import PRIORITIES, Ticket, read_tickets
from .world import World


@dataclass(frozen=True)
class Step:
    """At `moment`, `verb` happens to the ticket."""

    moment: datetime
    verb: str
    ticket: Ticket


def play(world):
    """Returns the tickets as a mapping script line → record."""
    calendar = world.env.ref("psa_techsource.team_service_desk").resource_calendar_id
    clock = Clock(calendar)
    with clock.travel(world.env) as set_time:
        records = {}
        for step in _steps(clock):
            set_time(step.moment)
            people.act(world, records, step)
    return records


def _steps(clock):
    steps = [
        Step(clock.hours_ago(hours), verb, ticket)
        for ticket in read_tickets()
        for verb, hours in [("open", ticket.opened), *ticket.moves]
    ]
    return sorted(steps, key=lambda step: step.moment)
