"""Which series has the heavy tests of a run: most runs need them once, so the series take turns."""

import re
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ..paths import ROOT

TURN = "turn"
BOTH = "both"
# Odoo's own runner leaves the same tests of addons out with `--test-tags=-heavy`.
MARKED = re.compile(r'^(?:@tagged\([^)]*"heavy"|pytestmark = pytest\.mark\.heavy$)', re.MULTILINE)


def choose(names: Sequence[str], wanted: str) -> tuple[str, str]:
    """The series that has them, or both, and the sentence that says so."""
    if len(names) == 1:
        return names[0], f"Heavy tests run: {names[0]} is the only series of this run"
    if wanted == BOTH:
        return BOTH, "Heavy tests run on every series"
    if wanted != TURN:
        return wanted, f"Heavy tests run on {wanted} alone, as asked for"
    number, reason = _count()
    chosen = names[number % len(names)]
    return chosen, f"Heavy tests run on {chosen} alone this time ({reason}); --heavy both runs them on every series"


def is_heavy(file: Path) -> bool:
    """Whether all tests of a file are heavy; what is no file is not."""
    return file.is_file() and bool(MARKED.search(file.read_text()))


def _count() -> tuple[int, str]:
    """A number that the next change or the next day has another of. All runs of one commit have the same."""
    if _git("rev-parse", "--is-shallow-repository") == "false" and (commits := _git("rev-list", "--count", "HEAD")):
        return int(commits), f"commit {commits} of this checkout"
    return date.today().toordinal(), "the turn of this day"


def _git(*arguments: str) -> str:
    """What git answers; nothing where there is no git or no checkout."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
