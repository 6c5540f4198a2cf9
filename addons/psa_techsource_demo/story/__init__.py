"""The demo company's story, told once when the addon is installed.

`cast`, `clients` and `assets` set the stage. `timeline` then plays the tickets of `script` in
order of time: every step is taken by the person who would take it, through the same methods as
in the browser, at the moment when it is said to have happened. Nothing here is written past the
suite's own rules, and every moment counts back from the installation, so the demo never goes stale.
"""

from . import assets, cast, clients, mail, timeline
from .world import World


def tell(env):
    world = World(env)
    cast.hire(world)
    clients.sign_up(world)
    assets.roll_out(world)
    timeline.play(world)
    mail.deliver(world)
