"""The verdicts, for people and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .goal import Check, Comparison, Relation, Verdict

UNITS = {
    "cpu": "ms CPU",
    "wall": "ms on the clock",
    "p95": "ms on the clock for the slowest in 20",
    "queries": "queries",
    "memory": "MB",
}
ROUNDS = "case and baseline in turn, medians"


@dataclass(frozen=True)
class SeriesRun:
    """What was measured on one series."""

    series: str
    environment: Mapping[str, Any]
    verdicts: Sequence[Verdict]


def as_text(found: Sequence[SeriesRun]) -> str:
    return "\n".join(line for run in found for line in _lines(run))


def _lines(run: SeriesRun) -> Iterator[str]:
    yield f"\nOdoo {run.series} on PostgreSQL {run.environment['postgresql']}"
    for verdict in run.verdicts:
        yield f"  Goal {verdict.goal.number}, {verdict.goal.name}: {'met' if verdict.is_met else 'NOT MET'}"
        yield f"  {verdict.goal.title}; {verdict.rounds} rounds, {ROUNDS}"
        for check in verdict.checks:
            yield f"    {_line(check)}"


def _line(check: Check) -> str:
    if check.limit.relation is Relation.RATIO:
        value, limit = f"{check.value:.2f} ×", f"{check.limit.at_most:.3g} ×"
    else:
        value, limit = f"{check.value:+.1f}", f"{check.limit.at_most:+g}"
    unit = UNITS[check.measured]
    against = f"{check.case:.1f} against {check.baseline:.1f} {unit}"
    verdict = "met" if check.is_met else "NOT MET"
    return f"{check.title:<24} {value:>8}  limit {limit:<7} {verdict:<8} {against}"


def as_data(found: Sequence[SeriesRun]) -> dict[str, Any]:
    return {
        "met": all(verdict.is_met for run in found for verdict in run.verdicts),
        "method": ROUNDS,
        "series": [
            {
                "series": run.series,
                "environment": dict(run.environment),
                "goals": [_goal(verdict) for verdict in run.verdicts],
            }
            for run in found
        ],
    }


def _goal(verdict: Verdict) -> dict[str, Any]:
    return {
        "number": verdict.goal.number,
        "name": verdict.goal.name,
        "title": verdict.goal.title,
        "met": verdict.is_met,
        "rounds": verdict.rounds,
        "checks": [_check(check) for check in verdict.checks],
        "comparisons": {name: _comparison(each) for name, each in verdict.comparisons.items()},
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "comparison": check.limit.comparison,
        "title": check.title,
        "measure": check.measured,
        "relation": check.limit.relation.value,
        "case": round(check.case, 3),
        "baseline": round(check.baseline, 3),
        "value": round(check.value, 3),
        "limit": check.limit.at_most,
        "met": check.is_met,
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    """Every round, so that a reader can see how far they lie apart."""
    return {"title": comparison.title, "case": list(comparison.case), "baseline": list(comparison.baseline)}
