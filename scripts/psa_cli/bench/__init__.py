"""`bench`: what the suite costs, as ratios against baselines that are measured in the same run.

A goal is a file of this folder and a script of `inside/`, which runs inside Odoo on a copy of the suite's
template database. The script takes case and baseline in turn and hands back every round; medians and verdicts are
made here.
"""

import contextlib
import json
import platform
import sys
from collections.abc import Sequence
from typing import Any

from .. import ui
from ..core import core
from ..core.core import SERIES
from ..database.postgres import Cluster
from ..errors import WrongUsage
from ..odoo import scratch
from ..odoo.runtime import SCRIPTS, Runtime, prepare
from ..paths import local
from . import (
    goal_1_rest,
    goal_2_webhook,
    goal_3_inbox_drain,
    goal_4_stage_change,
    goal_5_sla_sweep,
    goal_7_reconcile,
    report,
)
from .goal import Goal, Verdict

GOALS: tuple[Goal, ...] = (
    goal_1_rest.GOAL,
    goal_2_webhook.GOAL,
    goal_3_inbox_drain.GOAL,
    goal_4_stage_change.GOAL,
    goal_5_sla_sweep.GOAL,
    goal_7_reconcile.GOAL,
)


def run(series: str | None, rounds: int | None, only: Sequence[str], form: str, goals: Sequence[Goal] = GOALS) -> int:
    """Measure the goals on each series and print the verdicts; 0 when all goals are met, 1 when one is not."""
    chosen = _choose(only, goals)
    # A program that reads the JSON must not have to find it among the signs of life.
    with contextlib.redirect_stdout(sys.stderr) if form == "json" else contextlib.nullcontext():
        found = _measure([series] if series else core.for_tests(), chosen, rounds)
    print(json.dumps(report.as_data(found), indent=2) if form == "json" else report.as_text(found))
    return 0 if all(verdict.is_met for run_of_series in found for verdict in run_of_series.verdicts) else 1


def _choose(only: Sequence[str], goals: Sequence[Goal]) -> list[Goal]:
    known = {name: goal for goal in goals for name in (goal.name, str(goal.number))}
    if unknown := [name for name in only if name not in known]:
        names = ", ".join(goal.name for goal in goals)
        raise WrongUsage(f"there is no benchmark {', '.join(unknown)}; choose from {names}")
    wanted = [known[name] for name in only]
    return [goal for goal in goals if goal in wanted or not wanted]


def _measure(names: list[str], goals: list[Goal], rounds: int | None) -> list[report.SeriesRun]:
    """One series and one goal after the other: two at once would measure each other."""
    found = []
    with Cluster() as database_server:
        for name in names:
            if name not in SERIES:
                raise WrongUsage(f"{name} is not a series of this suite; choose {' or '.join(SERIES)}")
            runtime = prepare(core.get(name), database_server)
            scratch.remove_left_over(runtime)
            verdicts = [_judge(runtime, goal, rounds or goal.rounds) for goal in goals]
            found.append(report.SeriesRun(name, _describe(runtime), verdicts))
    return found


def _judge(runtime: Runtime, goal: Goal, rounds: int) -> Verdict:
    result = local("bench") / f"{runtime.series}-{goal.name}.json"
    result.unlink(missing_ok=True)
    with scratch.database(runtime, "suite", "bench") as database:
        runtime.script(
            database,
            SCRIPTS / "bench.py",
            f"Measuring {goal.name} ({runtime.series})",
            result,
            extra={
                "PSA_BENCH_CASE": str(goal.script),
                "PSA_BENCH_LIBRARY": str(SCRIPTS),
                "PSA_BENCH_ROUNDS": str(rounds),
            },
            read=_progress,
        )
    return goal.judge(json.loads(result.read_text()))


def _progress(line: str) -> str | None:
    return line.removeprefix("bench: ").strip() if line.startswith("bench: ") else None


def _describe(runtime: Runtime) -> dict[str, Any]:
    """What a reader needs to know to hold one report against another."""
    version = runtime.database.query("postgres", "SHOW server_version")[0][0]
    return {"postgresql": version.split()[0], "python": platform.python_version(), "machine": platform.machine()}
