"""Goal 5: what it costs to notice that targets were missed, among many that were not."""

from ..odoo.runtime import SCRIPTS
from .goal import Goal, Limit, Relation

GOAL = Goal(
    number=5,
    name="sla-sweep",
    title="the SLA sweep over 100,000 open tickets, 2,000 of them late, against one indexed UPDATE of the same rows",
    script=SCRIPTS / "bench_sla_sweep.py",
    limits=(
        Limit("sweep", "cpu", Relation.RATIO, 3),
        Limit("growth", "queries", Relation.DIFFERENCE, 0),
    ),
    rounds=15,
)
