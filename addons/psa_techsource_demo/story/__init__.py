"""The demo company's story, told once when the addon is installed.

Every step of the story is taken by the person who would take it, through the same methods as in
the browser, at the moment when it is said to have happened. Nothing is written past the suite's
own rules, and every moment counts back from the installation, so the demo never goes stale.
"""

from . import assets, cast, clients, hub, mail
from .books import Books
from .clock import Clock
from .desk import Desk
from .world import World

# Working hours before now: a good seven weeks.
FOUNDED = 300


def tell(env):
    world = World(env)
    cast.open_business(world)
    clock = Clock(env.ref("psa_techsource.team_service_desk").resource_calendar_id)
    with clock.travel(env) as set_time:
        set_time(clock.hours_ago(FOUNDED))
        cast.hire(world)
        clients.sign_up(world)
        assets.roll_out(world, clock.now)
        hub.connect(world)
        for hours, act in _get_steps(world):
            set_time(clock.hours_ago(hours))
            act()
    mail.deliver(world)


def _get_steps(world):
    """What everybody does, as (working hours before now, function), in order of time."""
    steps = [*assets.get_steps(world), *Desk(world).get_steps(), *Books(world).get_steps(), *hub.get_steps(world)]
    return sorted(steps, key=lambda step: -step[0])
