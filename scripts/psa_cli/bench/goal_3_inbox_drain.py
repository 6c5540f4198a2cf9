"""Goal 3: what it takes to find out that an event changes nothing."""

from ..odoo.runtime import SCRIPTS
from .goal import Goal, Limit, Relation

GOAL = Goal(
    number=3,
    name="inbox-drain",
    title="500 events that change nothing drained from the inbox, against 500 jobs that do nothing",
    script=SCRIPTS / "bench_inbox_drain.py",
    limits=(Limit("drain", "wall", Relation.RATIO, 1 / 10),),
    rounds=7,
)
