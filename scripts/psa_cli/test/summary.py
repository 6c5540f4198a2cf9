"""What people read at the end of `test`: what is not as it should be, where the time went, and whether it is done."""

from collections.abc import Iterator, Mapping

from .. import ui
from ..checks import results
from ..checks.results import OfFile, Result
from ..errors import PsaError

SLOWEST = 10
# A whole run on a machine of two cores that does nothing else. More than that is told and fails nothing.
BUDGET = 600  # seconds a series


def sum_up(found: Mapping[str, list[Result]], is_whole: bool, clean: bool, seconds: float, series: int) -> int:
    """Print it. 0 when all passed and nothing was left out that should have run."""
    ui.say("")
    whole = results.add(each for group in found.values() for each in group)
    for name in whole.bad:
        ui.say(f"  not as it should be: {name}")
    empty = [name for name, group in found.items() if not results.add(group).total]
    for line in describe_slowest(whole.files):
        ui.say(line)
    for name, group in found.items():
        ui.say(f"{name}: {results.add(group)}")
    ui.say(f"All of it took {spell(seconds)}")
    if is_whole:
        ui.say(describe_budget(seconds, series))
    if not clean:
        ui.say("lint is not clean, see above")
    if empty and is_whole:
        ui.say(f"No test ran: {', '.join(empty)}")
    ui.say(f"{whole.passed} passed, {whole.failed} failed")
    if not whole.total:
        raise PsaError("no test ran at all; correct the selection, or look into .local/log")
    return 1 if whole.failed or not clean or (empty and is_whole) else 0


def describe_slowest(files: Mapping[str, OfFile]) -> Iterator[str]:
    """The files that took longest, the time on all series together."""
    ranked = sorted(files.items(), key=lambda item: item[1].seconds, reverse=True)[:SLOWEST]
    if ranked:
        yield f"The {len(ranked)} slowest files, all series together; the first of a run waits for its server:"
    for name, of_file in ranked:
        yield f"  {of_file.seconds:6.0f} s  {of_file.tests:4} tests  {name}"


def describe_budget(seconds: float, series: int) -> str:
    """Whether a whole run kept to its budget. Machines differ, so that it is told and never a failure."""
    budget = BUDGET * series
    allowed = f"Budget: {spell(budget)} for {series} series"
    if seconds <= budget:
        return f"{allowed}; kept, with {spell(budget - seconds)} to spare"
    return (
        f"{allowed}; OVER by {spell(seconds - budget)}. That fails nothing, for machines differ: "
        "if nothing else ran on this one, make the slowest files faster"
    )


def spell(seconds: float) -> str:
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
