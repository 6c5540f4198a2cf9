"""`scripts/psa prove`: the tests of a goal at their full size, on each series, with a table of what they came to.

`test` runs the same files at a small size. One series runs after the other, so that nothing disturbs the figures but
the machine itself.
"""

import os
import time
from collections.abc import Iterator, Mapping

from . import ui
from .checks import results, runs
from .checks.results import OfFile, Result
from .core import core
from .database.postgres import Cluster
from .errors import PsaError
from .machine import system
from .paths import ROOT

TESTS = ROOT / "tests"
# Proof -> where its tests are.
PROOFS = {"hub": (TESTS / "hub",), "api": (TESTS / "api", TESTS / "cli" / "test_load.py")}


def run(name: str, series: str | None) -> int:
    """Run the proof and print its table; 0 when it holds on every series."""
    start = time.monotonic()
    names = [series] if series else core.for_tests()
    ui.say(f"Proving {name} on {' and '.join(names)}")
    for need in system.ensure(system.CHROMIUM):
        ui.say(f"Without {need.package} the {need.purpose} fail; {system.advice([need])}")
    with Cluster() as database_server:
        runtimes = [runs.prepare_series(each, database_server) for each in names]
        found = {runtime.series: _prove(name, runtime.series) for runtime in runtimes}
    for line in describe(found):
        ui.say(line)
    whole = results.add(found.values())
    for each in whole.bad:
        ui.say(f"  not as it should be: {each}")
    ui.say(f"{name}: {whole.passed} passed, {whole.failed} failed ({ui.seconds(start)})")
    if empty := [each for each, result in found.items() if not result.total]:
        raise PsaError(f"no test ran on {' and '.join(empty)}; look into .local/log")
    return 1 if whole.failed else 0


def _prove(name: str, series: str) -> Result:
    command = runs.outside([str(path) for path in PROOFS[name]], "--full-size", server_tests="only", series=series)
    with ui.step(f"Running the tests of {name} at full size on {series}"):
        return runs.run(command, f"{series}-prove-{name}", dict(os.environ))


def describe(found: Mapping[str, Result]) -> Iterator[str]:
    """The table: a line for each series and file, and below it the figures that its tests recorded."""
    rows = [(series, name, of_file) for series, result in found.items() for name, of_file in result.files.items()]
    width = max((len(name) for _series, name, _of_file in rows), default=0)
    yield f"{'series':6}  {'file':{width}}  {'tests':>5}  {'seconds':>7}  outcome"
    for series, name, of_file in rows:
        yield f"{series:6}  {name:{width}}  {of_file.tests:5}  {of_file.seconds:7.0f}  {_judge(of_file)}"
        yield from (f"{'':8}{figure}" for figure in of_file.figures)


def _judge(of_file: OfFile) -> str:
    return f"{of_file.failed} FAILED" if of_file.failed else "holds"
