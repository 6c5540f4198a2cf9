"""Goal 7: a large fleet compared with what is here costs no more, page by page, the further it comes."""

from ..odoo.runtime import SCRIPTS
from .goal import Goal, Limit, Relation

# The last quarter of a run against the first: what grew with the fleet would be many times as much by then.
GROWTH = 1.25
# Keeping what was seen of 200,000 devices would be hundreds of megabytes.
MEMORY = 16

GOAL = Goal(
    number=7,
    name="reconcile",
    title="10,000 devices a round polled, all new, then with 1 % gone another way here: late pages, not early ones",
    script=SCRIPTS / "bench_reconcile.py",
    limits=tuple(
        limit
        for run in ("import", "again")
        for limit in (
            Limit(run, "cpu", Relation.RATIO, GROWTH),
            Limit(run, "queries", Relation.DIFFERENCE, 1),
            Limit(run, "memory", Relation.DIFFERENCE, MEMORY),
        )
    ),
    # a fleet of 200,000
    rounds=20,
)
