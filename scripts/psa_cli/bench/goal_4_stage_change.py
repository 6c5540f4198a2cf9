"""Goal 4: what the lifecycle and the SLA engine add to a stage change."""

from ..odoo.runtime import SCRIPTS
from .goal import Goal, Limit, Relation

GOAL = Goal(
    number=4,
    name="stage-change",
    title="a stage change with a lifecycle check and two SLA layers, against the same write with neither",
    script=SCRIPTS / "bench_stage_change.py",
    limits=(
        Limit("one", "cpu", Relation.RATIO, 1.25),
        Limit("one", "queries", Relation.DIFFERENCE, 4),
        Limit("hundred", "cpu", Relation.RATIO, 1.5),
    ),
    rounds=15,
)
