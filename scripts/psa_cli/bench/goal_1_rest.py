"""Goal 1: what a ticket costs that comes in by the REST API."""

from ..odoo.runtime import SCRIPTS
from .goal import Goal, Limit, Relation

RT_THROUGHPUT = 0.22  # of Request Tracker 5's REST, in tickets by XML-RPC: measured once, it is no part of the suite

GOAL = Goal(
    number=1,
    name="rest",
    title="tickets by REST against tickets by XML-RPC without SLAs; batches, repeats against a ping, new addresses",
    script=SCRIPTS / "bench_rest.py",
    limits=(
        Limit("create", "cpu", Relation.RATIO, 1),
        # 4 times the tickets that Request Tracker makes
        Limit("create", "wall", Relation.RATIO, 1 / (4 * RT_THROUGHPUT)),
        Limit("governed", "cpu", Relation.RATIO, 1.15),
        # 2.5 times the tickets
        Limit("batch", "wall", Relation.RATIO, 1 / 2.5),
        Limit("replay", "cpu", Relation.RATIO, 1.5),
        # what grew with each address would be some 100 MB here
        Limit("addresses", "cpu", Relation.RATIO, 1.1),
        Limit("memory", "memory", Relation.DIFFERENCE, 8),
    ),
    rounds=15,
)
