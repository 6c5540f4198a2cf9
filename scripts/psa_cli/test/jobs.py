"""What `test` runs for a series: each job is one run of pytest, in a database of its own; L1's tests may need two."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..checks import runs
from ..checks.results import Result
from ..core import core, suite
from ..machine import proc
from ..odoo import live, scratch
from ..odoo.runtime import SERVER_WIDE, Runtime
from ..paths import ADDONS, ROOT, log_file
from . import comparison, parts, turn
from .parts import Part, Weights
from .selection import Selection

COLLECTED = re.compile(r"^(tests/\S+?\.py)::", re.MULTILINE)
NONE_CHOSEN = 5  # as pytest ends then
# A database for each module, and a second one for what does not pass in the first.
COMPARISON = 60.0


@dataclass(frozen=True)
class Job:
    """One run for a series. The longest are started first, so that none is left over in the end."""

    series: str
    title: str
    seconds: float
    run: Callable[[], Result]


@dataclass(frozen=True)
class Plan:
    """What was asked for, and what is the same for all series: the files with live tests, who has the heavy ones."""

    selection: Selection
    live: list[Part]
    weights: Weights
    heavy: str

    @classmethod
    def make(cls, selection: Selection, heavy: str) -> "Plan":
        weights = Weights.load()
        return cls(selection, _live_parts(selection, weights), weights, heavy)

    @property
    def needs_series(self) -> bool:
        return bool(self.live or self.selection.addons or not self.selection.has_paths)

    def jobs(self, runtime: Runtime) -> Iterator[Job]:
        """The runs of a series."""
        yield from self._live_jobs(runtime)
        chosen = self.selection.addons
        if not self.selection.has_paths:
            chosen = {name: [str(ADDONS / name)] for name in suite.manifests()}
        for addon, paths in chosen.items():
            if (ADDONS / addon / "tests").is_dir():
                yield from self._addon_jobs(runtime, addon, paths)
        if self.selection.is_whole and self._has_heavy(runtime.series):
            for module in comparison.MODULES:
                run = partial(comparison.run, runtime, module)
                yield Job(runtime.series, f"{module}, with us", COMPARISON, run)

    def _live_jobs(self, runtime: Runtime) -> Iterator[Job]:
        for part, number, title in _number(list(self._live_parts_of(runtime.series))):
            options = ("--heavy-series", self.heavy, *self.selection.options)
            command = runs.outside(part.files, *options, server_tests="only", series=runtime.series)
            env = {**os.environ, live.PART: f"live{number}"}
            run = partial(runs.run, command, f"{runtime.series}-live{number}", env)
            yield Job(runtime.series, f"outside, live server{title}", part.seconds, run)

    def _live_parts_of(self, series: str) -> Iterator[Part]:
        """Without the files that are heavy, where it is not their turn; a part that has no others is left out."""
        for part in self.live:
            light = [file for file in part.files if not turn.is_heavy(Path(file))]
            if self._has_heavy(series) or light == part.files:
                yield part
            elif light:
                yield Part(sum(self.weights.weigh(Path(file)) for file in light), light)

    def _addon_jobs(self, runtime: Runtime, addon: str, paths: list[str]) -> Iterator[Job]:
        for part, number, title in _number(self._addon_parts(runtime.series, addon, paths)):
            run = partial(_run_addon, runtime, addon, number, part.files, self.selection.options)
            yield Job(runtime.series, f"{addon}{title}", part.seconds, run)

    def _addon_parts(self, series: str, addon: str, paths: list[str]) -> list[Part]:
        """The parts of a whole addon. What people picked from it, by path or option, stays in one part."""
        files = sorted((ADDONS / addon / "tests").rglob("test_*.py"))
        if paths != [str(ADDONS / addon)] or self.selection.options or not files:
            return [Part(parts.SHORTEST, paths)]
        chosen = [file for file in files if self._has_heavy(series) or not turn.is_heavy(file)]
        return parts.split(chosen, self.weights) if chosen else []

    def _has_heavy(self, series: str) -> bool:
        return self.heavy in (turn.BOTH, series)


def _number(found: list[Part]) -> Iterator[tuple[Part, str, str]]:
    """Each part with its number for file names and for people; a single one has none."""
    for number, part in enumerate(found, start=1):
        yield (part, str(number), f", part {number} of {len(found)}") if len(found) > 1 else (part, "", "")


def _live_parts(selection: Selection, weights: Weights) -> list[Part]:
    """The chosen outside tests that want a running suite. What people picked by test or option stays in one part."""
    if selection.has_paths and not selection.outside:
        return []
    command = runs.outside(selection.outside, *selection.options, server_tests="only", series=core.SERIES[-1])
    log = log_file("test-collect")
    code = proc.execute([*command, "--collect-only", "-q"], log, lambda _: None)
    if code == NONE_CHOSEN:
        return []
    names = sorted(set(COLLECTED.findall(log.read_text(errors="replace")))) if code == 0 else []
    if not names or selection.options or any("::" in path for path in selection.outside):
        return [Part(parts.SHORTEST, selection.outside)]
    return parts.split([ROOT / name for name in names], weights)


def _run_addon(runtime: Runtime, addon: str, number: str, paths: list[str], options: list[str]) -> Result:
    layer = "demo" if addon in suite.demo_modules() else "suite"
    with scratch.database(runtime, layer, f"{addon.removeprefix('psa_')}{number}") as database:
        # Without the job runner: a test works its jobs itself.
        modules = SERVER_WIDE[runtime.series].removesuffix(",queue_job")
        conf = runtime.conf(database, {"server_wide_modules": modules})
        odoo = [f"--odoo-config={conf}", f"--odoo-database={database}", "--odoo-log-level=error", "--odoo-http"]
        # With any other import mode the addons folder is on the path, where an addon can hide a library.
        command: list[str | Path] = [runtime.python, "-m", "pytest", "--import-mode=importlib", *odoo, *options, *paths]
        return runs.run(command, f"{runtime.series}-{addon}{number}", runtime.environment())
