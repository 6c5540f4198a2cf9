"""`test`: the whole test suite, on every series there is a core for.

Lint and the outside tests that need no server run once. Then, for each series, the addons' own tests, L1's own tests
without the suite and with it, and the outside tests against a live server run side by side, each in a process and a
database copy of its own.
"""

import os
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .. import lint, ui
from ..core import core, suite
from ..database.database import Server
from ..database.postgres import Cluster
from ..errors import PsaError
from ..machine import proc, system
from ..odoo import scratch, templates
from ..odoo.runtime import SERVER_WIDE, Runtime, prepare
from ..paths import ADDONS, ROOT, local, log_file
from . import comparison, results
from .results import Result
from .selection import Selection, select

FAILURES = re.compile(r"^=+ (?:FAILURES|ERRORS) =+$", re.MULTILINE)
SHOWN_LINES = 150
PERCENT = re.compile(r"\[\s*(\d+%)\]")


@dataclass(frozen=True)
class Job:
    """One run of pytest for a series."""

    runtime: Runtime
    title: str
    run: Callable[[], Result]


def run(series: str | None, arguments: list[str]) -> int:
    """Run what was asked for and sum up; 0 when all passed and nothing was left out that should have run."""
    start = time.monotonic()
    selection = select(arguments)
    names = [series] if series else core.for_tests()
    ui.say(f"Testing on {' and '.join(names)}")
    clean = _lint() if selection.is_whole else True
    found: dict[str, list[Result]] = {}
    if selection.outside or not selection.has_paths:
        found["outside"] = [_outside_without_server(selection)]
    if selection.addons or not selection.has_paths or _needs_server(selection):
        with Cluster() as database_server:
            found.update(_series_runs(names, database_server, selection))
    return _sum_up(found, selection, clean, start)


def _lint() -> bool:
    start = time.monotonic()
    clean = not lint.run()
    ui.say(f"lint: {'clean' if clean else 'not clean'} ({ui.seconds(start)})")
    return clean


def _needs_server(selection: Selection) -> bool:
    """Whether any of the chosen outside tests wants a running suite."""
    command = _outside_command(selection, "only", core.SERIES[-1])
    return proc.execute([*command, "--collect-only", "-q"], log_file("test-collect"), lambda _: None) == 0


def _series_runs(names: list[str], database_server: Server, selection: Selection) -> dict[str, list[Result]]:
    for need in system.ensure(system.CHROMIUM):
        ui.say(f"Without {need.package} the {need.purpose} fail; {system.advice([need])}")
    pool = ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 4))
    try:
        made = [pool.submit(_prepare, core.get(name), database_server) for name in names]
        runtimes = [future.result() for future in made]
        jobs = [job for runtime in runtimes for job in _jobs(runtime, selection)]
        futures: list[tuple[str, Future[Result]]] = [(job.runtime.series, pool.submit(_timed, job)) for job in jobs]
        found: dict[str, list[Result]] = {name: [] for name in names}
        for name, future in futures:
            found[name].append(future.result())
        return found
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        proc.stop_all()
        raise
    finally:
        pool.shutdown()


def _prepare(found: core.Core, database_server: Server) -> Runtime:
    runtime = prepare(found, database_server)
    scratch.remove_left_over(runtime)
    templates.ensure(runtime, "demo")
    return runtime


def _jobs(runtime: Runtime, selection: Selection) -> list[Job]:
    """The runs of a series, the live server first: it takes a while to start."""
    jobs = []
    if selection.outside or not selection.has_paths:
        jobs.append(Job(runtime, "outside, live server", lambda: _outside_with_server(runtime, selection)))
    chosen = selection.addons or {name: [str(ADDONS / name)] for name in suite.manifests()}
    if selection.addons or not selection.has_paths:
        for addon, paths in chosen.items():
            if (ADDONS / addon / "tests").is_dir():
                jobs.append(Job(runtime, addon, _addon_run(runtime, addon, paths, selection)))
    if selection.is_whole:
        for module in comparison.MODULES:
            jobs.append(Job(runtime, f"{module}, without us and with us", partial(comparison.run, runtime, module)))
    return jobs


def _timed(job: Job) -> Result:
    start = time.monotonic()
    result = job.run()
    ui.say(f"{job.runtime.series} {job.title}: {result} ({ui.seconds(start)})")
    return result


def _addon_run(runtime: Runtime, addon: str, paths: list[str], selection: Selection) -> Callable[[], Result]:
    def run_addon() -> Result:
        layer = "demo" if addon in suite.demo_modules() else "suite"
        with scratch.database(runtime, layer, addon.removeprefix("psa_")) as database:
            # Without the job runner: a test works its jobs itself.
            modules = SERVER_WIDE[runtime.series].removesuffix(",queue_job")
            conf = runtime.conf(database, {"server_wide_modules": modules})
            odoo = [f"--odoo-config={conf}", f"--odoo-database={database}", "--odoo-log-level=error", "--odoo-http"]
            # With any other import mode the addons folder is on the path, where an addon can hide a library.
            command = [runtime.python, "-m", "pytest", "--import-mode=importlib", *odoo, *selection.options, *paths]
            return _pytest(command, f"{runtime.series}-{addon}", runtime.environment())

    return run_addon


def _outside_without_server(selection: Selection) -> Result:
    start = time.monotonic()
    result = _pytest(_outside_command(selection, "none"), "outside", dict(os.environ))
    ui.say(f"outside, no server: {result} ({ui.seconds(start)})")
    return result


def _outside_with_server(runtime: Runtime, selection: Selection) -> Result:
    command = _outside_command(selection, "only", runtime.series)
    return _pytest(command, f"{runtime.series}-live", dict(os.environ))


def _outside_command(selection: Selection, server_tests: str, series: str | None = None) -> list[str | Path]:
    paths = selection.outside or [str(ROOT / "tests")]
    which = ["--series", series] if series else []
    return [sys.executable, "-m", "pytest", "--server-tests", server_tests, *which, *selection.options, *paths]


def _pytest(command: list[str | Path], name: str, env: dict[str, str]) -> Result:
    report, log = local("test") / f"{name}.xml", log_file(f"test-{name}")
    report.unlink(missing_ok=True)
    output = ["-p", "no:cacheprovider", "-v", "-ra", "--tb=short", "--color=no", f"--junitxml={report}"]
    with ui.quiet_step(name) as update:
        code = proc.execute([*command, *output], log, update, env=env, read=_percent)
    result = results.read(report, code)
    if result.bad:
        ui.say(_failures(log))
    return result


def _percent(line: str) -> str | None:
    found = PERCENT.search(line)
    return found[1] if found else None


def _failures(log: Path) -> str:
    """The part of pytest's output that says what went wrong."""
    text = log.read_text(errors="replace")
    found = FAILURES.search(text)
    lines = text[found.start() if found else 0 :].splitlines()
    shown = lines if len(lines) <= SHOWN_LINES else [*lines[: SHOWN_LINES // 2], "[...]", *lines[-SHOWN_LINES // 2 :]]
    return "\n".join([f"----- {log}", *shown, "-----"])


def _sum_up(found: dict[str, list[Result]], selection: Selection, clean: bool, start: float) -> int:
    ui.say("")
    whole = results.add(each for group in found.values() for each in group)
    for name in whole.bad:
        ui.say(f"  not as it should be: {name}")
    empty = [name for name, group in found.items() if not results.add(group).total]
    for name, group in found.items():
        ui.say(f"{name}: {results.add(group)}")
    ui.say(f"All of it took {ui.seconds(start)}")
    if not clean:
        ui.say("lint is not clean, see above")
    if empty and selection.is_whole:
        ui.say(f"No test ran: {', '.join(empty)}")
    ui.say(f"{whole.passed} passed, {whole.failed} failed")
    if not whole.total:
        raise PsaError("no test ran at all; correct the selection, or look into .local/log")
    return 1 if whole.failed or not clean or (empty and selection.is_whole) else 0
