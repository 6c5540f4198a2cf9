"""The demo company's story, told once when the addon is installed.

Each step of the story is taken by the person who would take it, through the same methods as in the browser, and
with the clock at the time of the step. Nothing is written past the suite's own rules. All times count back from the
installation, so the demo never goes stale.
"""

from . import assets, cast, clients, mail
from .books import Books
from .clock import Clock
from .desk import Desk
from .hub import Hub
from .maintenance import Maintenance
from .noise import Noise
from .programs import connect_programs
from .review import ask_what_if
from .scheduler import Scheduler
from .vendors import Vendors
from .world import World

# How many working hours ago the company was founded: half a year, so that a whole quarter has passed on any day.
FOUNDED = 1040


def tell(env):
    world = World(env)
    cast.open_business(world)
    clock = Clock(env.ref("psa_techsource.team_service_desk").resource_calendar_id)
    with clock.travel(env) as set_time:
        scheduler = Scheduler(world, set_time)
        set_time(clock.hours_ago(FOUNDED))
        cast.hire(world)
        clients.sign_up(world)
        assets.roll_out(world, clock.now)
        hub = Hub(world, set_time)
        books = Books(world)
        desk = Desk(hub)
        steps = [
            *assets.get_steps(world, clock),
            *books.get_steps(clock),
            *desk.get_steps(clock),
            *Maintenance(desk).get_steps(clock),
            *Noise(hub).get_steps(clock),
            *Vendors(hub).get_steps(clock),
        ]
        for moment, act in sorted(steps, key=lambda step: step[0]):
            scheduler.run_until(moment)
            set_time(moment)
            act()
        scheduler.run_until(clock.now)
        set_time(clock.now)
        hub.look_after()
        connect_programs(world)
        ask_what_if(world)
    mail.deliver(world)
