"""`test`: the whole test suite, on every series there is a core for.

Lint and the outside tests that need no server run once. For each series come the addons' own tests, L1's own tests
with the suite, and the outside tests against live servers. All of it runs side by side, the long runs
in parts, each in a process and a database copy of its own.
"""

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from .. import ui
from ..checks import checkers, runs
from ..checks.results import Result
from ..core import core
from ..database.postgres import Cluster
from ..machine import proc, system
from . import summary, turn
from .jobs import Job, Plan
from .selection import Selection, select

MOST_AT_ONCE = 6


def run(series: str | None, heavy: str | None, pytest_args: Sequence[str]) -> int:
    """Run what was asked for and sum up; 0 when all passed and nothing was left out that should have run."""
    start = time.monotonic()
    selection = select(pytest_args)
    names = [series] if series else core.for_tests()
    ui.say(f"Testing on {' and '.join(names)}")
    heavy_series, sentence = turn.choose(names, heavy or (turn.TURN if selection.is_whole else turn.BOTH))
    ui.say(sentence)
    with ThreadPoolExecutor(max_workers=count_at_once()) as pool, _ended_with_us(pool):
        found, clean = _run_all(pool, names, selection, heavy_series)
    return summary.sum_up(found, selection.is_whole, clean, time.monotonic() - start, len(names))


def count_at_once() -> int:
    """Tests of a live server wait a good part of their time, so that two jobs a core keep the machine busy."""
    return max(2, min(2 * (os.cpu_count() or 1), MOST_AT_ONCE))


@contextmanager
def _ended_with_us(pool: ThreadPoolExecutor) -> Iterator[None]:
    """After an error or an interrupt nothing goes on running, and nothing that still has to be run begins."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        proc.stop_all()
        pool.shutdown()
        raise


def _run_all(
    pool: ThreadPoolExecutor, names: list[str], selection: Selection, heavy: str
) -> tuple[dict[str, list[Result]], bool]:
    """What each series and the outside tests without a server came to, and whether lint is clean."""
    lint = pool.submit(_lint) if selection.is_whole else None
    outside = pool.submit(_outside_without_server, selection) if selection.outside or not selection.has_paths else None
    plan = Plan.make(selection, heavy)
    of_series = _run_series(pool, names, plan) if plan.needs_series else {}
    found = {"outside": [outside.result()]} if outside else {}
    return {**found, **of_series}, lint.result() if lint else True


def _lint() -> bool:
    start = time.monotonic()
    clean = not checkers.run()
    ui.say(f"lint: {'clean' if clean else 'not clean'} ({ui.seconds(start)})")
    return clean


def _outside_without_server(selection: Selection) -> Result:
    start = time.monotonic()
    command = runs.outside(selection.outside, *selection.options, server_tests="none")
    result = runs.run(command, "outside", dict(os.environ))
    ui.say(f"outside, no server: {result} ({ui.seconds(start)})")
    return result


def _run_series(pool: ThreadPoolExecutor, names: list[str], plan: Plan) -> dict[str, list[Result]]:
    for need in system.ensure(system.CHROMIUM):
        ui.say(f"Without {need.package} the {need.purpose} fail; {system.advice([need])}")
    # Jobs that are ended drop their databases, so that the server has to be there until the last of them is done.
    with Cluster() as database_server, _ended_with_us(pool):
        made = [pool.submit(runs.prepare_series, name, database_server) for name in names]
        jobs = [job for future in made for job in plan.jobs(future.result())]
        jobs.sort(key=lambda job: job.seconds, reverse=True)
        futures: list[tuple[str, Future[Result]]] = [(job.series, pool.submit(_timed, job)) for job in jobs]
        found: dict[str, list[Result]] = {name: [] for name in names}
        for name, future in futures:
            found[name].append(future.result())
        return found


def _timed(job: Job) -> Result:
    start = time.monotonic()
    result = job.run()
    ui.say(f"{job.series} {job.title}: {result} ({ui.seconds(start)})")
    return result
