"""Goal 7: a large fleet compared with what is here costs no more, page by page, the further it comes."""

from ..runtime import SCRIPTS
from .goal import Goal, Limit, Relation

# The last third of a run against the first: what grew with the fleet would be many times as much by then.
GROWTH = 1.25
# Keeping what was seen of 200,000 devices would be hundreds of megabytes.
MEMORY = 16

GOAL = Goal(
    number=7,
    name="reconcile",
    title="200,000 devices polled, all new, then with 1 % gone another way here: late pages against early pages",
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
    rounds=1,
)
