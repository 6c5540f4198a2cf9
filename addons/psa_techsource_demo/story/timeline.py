"""Plays the tickets of the script: all steps of all tickets, in order of time."""

from .clock import Clock
from .people import Desk
from .script import read_tickets


def play(world):
    desk = Desk(world)
    clock = Clock(desk.team.resource_calendar_id)
    steps = _steps(clock)
    with clock.travel(world.env) as set_time:
        for moment, verb, line in steps:
            set_time(moment)
            desk.act(verb, line)


def _steps(clock):
    steps = [
        (clock.hours_ago(hours), verb, line)
        for line in read_tickets()
        for verb, hours in [("open", line.opened), *line.moves]
    ]
    return sorted(steps, key=lambda step: step[0])
