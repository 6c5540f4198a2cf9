"""L1's own tests, without the suite and with it: every test must come out the same.

What fails without us may fail with us, for the same reason; what passes without us must pass. Both runs are made each
time, from the same source, so that nothing remembered can hide a difference.
"""

import os
import re
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .. import ui
from ..checks import results
from ..checks.results import OfFile, Result
from ..core import venv
from ..machine import proc
from ..odoo import scratch
from ..odoo.runtime import SERVER_WIDE, Runtime
from ..paths import local, log_file

MODULES = ("helpdesk_mgmt", "helpdesk_mgmt_sla")
# helpdesk_mgmt's test of its scripts imports Odoo's own browser suite, so that pytest would run that too: copies which
# only cost time. The module's own test in it is `test_helpdesk_mgmt`.
CHOSEN = "not WebSuite and (not TestHelpdesMgmtJs or test_helpdesk_mgmt)"
NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Outcome:
    """How a test ended and, when badly, with which words. Numbers are left out: ids differ from run to run."""

    verdict: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.verdict} ({self.reason})" if self.reason else self.verdict


def run(runtime: Runtime, module: str) -> Result:
    """Run a module's tests in a copy of the database without the suite and in one with it, and compare."""
    start = time.monotonic()
    without = _run(runtime, module, "l1")
    whole = _run(runtime, module, "suite")
    result = compare(without, whole)
    result.files[f"L1's own tests of {module}"] = OfFile(result.total, result.failed, time.monotonic() - start)
    alike = Counter(each.verdict for each in without.values())
    others = ", ".join(f"{count} {verdict}" for verdict, count in sorted(alike.items()) if verdict != "passed")
    ui.say(f"{runtime.series} {module} without the suite: {alike['passed']} passed{others and f', {others}'}")
    return result


def compare(without: Mapping[str, Outcome], whole: Mapping[str, Outcome]) -> Result:
    """A test that comes out the same counts as passed, whatever it came to; any other has failed."""
    if not without:
        return Result(failed=1, bad=["none of L1's own tests ran without the suite"])
    result = Result()
    nothing = Outcome("was not run")
    for name in sorted({*without, *whole}):
        before, after = without.get(name, nothing), whole.get(name, nothing)
        if before == after:
            result.passed += 1
        else:
            result.failed += 1
            result.bad.append(f"L1 {name}: without the suite {before}, with it {after}")
    return result


def read(report: Path) -> dict[str, Outcome]:
    """How each test of a run ended, by its name; nothing when the run ended before it wrote its report."""
    found: dict[str, Outcome] = {}
    for case in results.read_cases(report) or ():
        # A test that fails and then breaks on its way out is reported twice: the first says why.
        found.setdefault(f"{case.get('classname')}::{case.get('name')}", _outcome(case))
    return found


def _outcome(case: ElementTree.Element) -> Outcome:
    for tag, verdict in (("failure", "failed"), ("error", "failed in its setup"), ("skipped", "skipped")):
        if (ending := case.find(tag)) is not None:
            lines = (ending.get("message") or "").strip().splitlines() or [""]
            return Outcome(verdict, NUMBERS.sub("#", lines[0]))
    return Outcome("passed")


def _run(runtime: Runtime, module: str, layer: str) -> dict[str, Outcome]:
    name = f"{runtime.series}-{module}-{'alone' if layer == 'l1' else 'with-suite'}"
    report, log = local("test") / f"{name}.xml", log_file(f"test-{name}")
    report.unlink(missing_ok=True)
    folder = venv.oca_addons(runtime.series) / module
    with scratch.database(runtime, layer, f"{module}_{layer}") as database:
        addons = [*runtime.core.addons, venv.oca_addons(runtime.series)] if layer == "l1" else runtime.addons_path()
        # As the addons' own tests run: without the job runner.
        modules = SERVER_WIDE[runtime.series].removesuffix(",queue_job")
        paths = ",".join(str(path) for path in addons)
        conf = runtime.conf(database, {"addons_path": paths, "server_wide_modules": modules})
        command = [
            *(runtime.python, "-m", "pytest", "--import-mode=importlib", "-c", os.devnull, f"--rootdir={folder}"),
            *(f"--odoo-config={conf}", f"--odoo-database={database}", "--odoo-log-level=error", "--odoo-http"),
            *("-p", "no:cacheprovider", "-rA", "--tb=short", "--color=no", f"--junitxml={report}", "-k", CHOSEN),
            folder,
        ]
        with ui.quiet_step(name) as update:
            code = proc.execute(command, log, update, env=runtime.environment())
    return read(report) if code in (0, 1) else {}
