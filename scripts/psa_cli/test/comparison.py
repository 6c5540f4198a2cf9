"""L1's own tests with the suite. A test that does not pass runs again without the suite, and must come out the same.

What passes with the suite is as good as it can be, so nothing is run to compare it with. What fails with us may fail
without us, for the same reason. Both are run from the same source in the same run, so that nothing remembered can
hide a difference.
"""

import os
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
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
# Tests in a browser are left out: they try L1's scripts, which we do not extend, for a minute.
CHOSEN = "not WebSuite and not TestHelpdesMgmtJs"
SELECTED = re.compile(r"^collected (\d+) items?(?:.*/ (\d+) selected)?", re.MULTILINE)
NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Outcome:
    """How a test ended and, when badly, with which words. Numbers are left out: ids differ from run to run."""

    verdict: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.verdict} ({self.reason})" if self.reason else self.verdict


Outcomes = dict[str, Outcome]
PASSED = Outcome("passed")
NOT_RUN = Outcome("was not run")


def run(runtime: Runtime, module: str) -> Result:
    """Run a module's tests in a database with the suite; those that do not pass also in one without it."""
    start = time.monotonic()
    whole = _run(runtime, module, "suite")
    names = [name for name, outcome in whole.items() if outcome != PASSED]
    without = _run(runtime, module, "l1", names) if names else {}
    result = compare(whole, without)
    result.files[f"L1's own tests of {module}"] = OfFile(result.total, result.failed, time.monotonic() - start)
    for name in names:
        ui.say(f"{runtime.series} L1 {name} with the suite: {whole[name]}")
    return result


def compare(whole: Mapping[str, Outcome], without: Mapping[str, Outcome]) -> Result:
    """A test that passes with the suite, or comes to the same without it, counts as passed; any other has failed."""
    if not whole:
        return Result(failed=1, bad=["none of L1's own tests ran with the suite, or not all of them did"])
    result = Result()
    for name, with_us in sorted(whole.items()):
        if with_us in (PASSED, without.get(name)):
            result.passed += 1
        else:
            result.failed += 1
            result.bad.append(f"L1 {name}: with the suite {with_us}, without it {without.get(name, NOT_RUN)}")
    return result


def read(report: Path) -> Outcomes:
    """How each test of a run ended, by its name; nothing when the run ended before it wrote its report."""
    found: Outcomes = {}
    for case in results.read_cases(report) or ():
        # A test that fails and then breaks on its way out is reported twice: the first says why.
        found.setdefault(f"{case.get('classname')}::{case.get('name')}", _outcome(case))
    return found


def _outcome(case: ElementTree.Element) -> Outcome:
    for tag, verdict in (("failure", "failed"), ("error", "failed in its setup"), ("skipped", "skipped")):
        if (ending := case.find(tag)) is not None:
            lines = (ending.get("message") or "").strip().splitlines() or [""]
            return Outcome(verdict, NUMBERS.sub("#", lines[0]))
    return PASSED


def is_whole(found: Outcomes, output: str) -> bool:
    """Whether each test that pytest found and chose, as its output says, has an outcome."""
    chosen = [int(selected or collected) for collected, selected in SELECTED.findall(output)]
    return chosen == [len(found)]


def find_tests(folder: Path, names: Iterable[str]) -> list[str]:
    """What to hand to pytest so that it runs the tests of these names; the folder when one cannot be found by it."""
    found = [_find_test(folder, name) for name in names]
    return [str(folder)] if None in found else [each for each in found if each]


def _find_test(folder: Path, name: str) -> str | None:
    """The file of a test, its class and its name. The report has the path and the class in one, with dots between."""
    where, _separator, test = name.partition("::")
    parts = where.split(".")
    for number in range(len(parts), 0, -1):
        file = folder.joinpath(*parts[:number]).with_suffix(".py")
        if file.is_file():
            return "::".join((str(file), *parts[number:], test))
    return None


def _run(runtime: Runtime, module: str, layer: str, names: Iterable[str] = ()) -> Outcomes:
    """How the tests ended, all of them or those of these names; nothing when the run broke off or left one out."""
    title = f"{runtime.series}-{module}-{'alone' if layer == 'l1' else 'with-suite'}"
    report, log = local("test") / f"{title}.xml", log_file(f"test-{title}")
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
            *(find_tests(folder, names) if names else [folder]),
        ]
        with ui.quiet_step(title) as update:
            code = proc.execute(command, log, update, env=runtime.environment())
    found = read(report) if code in (0, 1) else {}
    return found if is_whole(found, log.read_text(errors="replace")) else {}
