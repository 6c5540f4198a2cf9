"""Goal 2: what it takes to let a message in, over HTTP."""

from ..odoo.runtime import SCRIPTS
from .goal import Goal, Limit, Relation

GOAL = Goal(
    number=2,
    name="webhook",
    title="a signed message stored and answered over HTTP, against a route that does nothing and a ticket by XML-RPC",
    script=SCRIPTS / "bench_webhook.py",
    limits=(
        # 0.6 times the pings that the same server answers, and 6 times the tickets
        Limit("ping", "wall", Relation.RATIO, 1 / 0.6),
        Limit("create", "wall", Relation.RATIO, 1 / 6),
        Limit("ping", "p95", Relation.RATIO, 2),
    ),
    rounds=25,
)
