"""Runs of pytest: the outside tests and what they need, with the output in a log and the report in .local/test."""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .. import ui
from ..core import core
from ..database.database import Server
from ..machine import proc
from ..odoo import scratch, templates
from ..odoo.runtime import Runtime, prepare
from ..paths import ROOT, local, log_file
from . import results
from .results import Result

Command = list[str | Path]

FAILURES = re.compile(r"^=+ (?:FAILURES|ERRORS) =+$", re.MULTILINE)
SHOWN_LINES = 150
PERCENT = re.compile(r"\[\s*(\d+%)\]")
# This form of the report names the file of each test.
REPORT_FORM = ("-o", "junit_family=xunit1")


def prepare_series(series: str, database_server: Server) -> Runtime:
    """What tests of a series need on this machine, with the templates of its databases."""
    runtime = prepare(core.get(series), database_server)
    scratch.remove_left_over(runtime)
    templates.ensure(runtime, "demo")
    return runtime


def outside(paths: Sequence[str], *options: str, server_tests: str, series: str | None = None) -> Command:
    """The command that runs the tests below tests/: those that need a running suite, or the others."""
    which = ["--series", series] if series else []
    return [
        *(sys.executable, "-m", "pytest", "--server-tests", server_tests),
        *(*which, *options, *(paths or [str(ROOT / "tests")])),
    ]


def run(command: Command, name: str, env: Mapping[str, str]) -> Result:
    """Run pytest to its end. What went wrong is shown at once."""
    report, log = local("test") / f"{name}.xml", log_file(f"test-{name}")
    report.unlink(missing_ok=True)
    output = ["-p", "no:cacheprovider", "-v", "-ra", "--tb=short", "--color=no", *REPORT_FORM, f"--junitxml={report}"]
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
