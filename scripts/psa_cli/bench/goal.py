"""A goal: what is measured, against what, and how much it may be. A verdict: what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from statistics import median
from typing import Any

# One side of a comparison in one round, by measure: `cpu` (ms, nothing where it cannot be had), `wall` (ms), `queries`.
Sample = Mapping[str, float | None]


class Relation(Enum):
    """How a case is held against its baseline."""

    RATIO = "ratio"
    DIFFERENCE = "difference"

    def between(self, case: float, baseline: float) -> float:
        if self is Relation.DIFFERENCE:
            return case - baseline
        return case / baseline if baseline else float("inf")


@dataclass(frozen=True)
class Limit:
    """How much more of one measure a case may take than its baseline."""

    comparison: str
    measure: str
    relation: Relation
    at_most: float

    def check(self, comparison: "Comparison") -> "Check":
        case, baseline = comparison.medians(self.measure)
        value = self.relation.between(case, baseline)
        return Check(self, comparison.title, comparison.measured(self.measure), case, baseline, value)


@dataclass(frozen=True)
class Comparison:
    """The rounds of a case and of its baseline, as the script inside Odoo measured them."""

    title: str
    case: Sequence[Sample]
    baseline: Sequence[Sample]

    def measured(self, measure: str) -> str:
        """CPU time is of two processes; where the database server's cannot be had, the clock on the wall has to do."""
        if measure == "cpu" and any(sample["cpu"] is None for sample in (*self.case, *self.baseline)):
            return "wall"
        return measure

    def medians(self, measure: str) -> tuple[float, float]:
        name = self.measured(measure)
        case, baseline = (median(sample[name] or 0.0 for sample in side) for side in (self.case, self.baseline))
        return case, baseline


@dataclass(frozen=True)
class Check:
    """A limit with what was measured. `measured` is the measure in fact: wall time where CPU time was not to be had."""

    limit: Limit
    title: str
    measured: str
    case: float
    baseline: float
    value: float

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit.at_most


@dataclass(frozen=True)
class Verdict:
    """A goal on one series: its checks, and how often each side was measured."""

    goal: "Goal"
    rounds: int
    checks: Sequence[Check]
    comparisons: Mapping[str, Comparison] = field(repr=False)

    @property
    def is_met(self) -> bool:
        return all(check.is_met for check in self.checks)


@dataclass(frozen=True)
class Goal:
    """A benchmark: its number, the script that measures it inside Odoo, and the limits it is held to."""

    number: int
    name: str
    title: str
    script: Path
    limits: Sequence[Limit]
    rounds: int

    def judge(self, measured: Mapping[str, Any]) -> Verdict:
        comparisons = {name: Comparison(**each) for name, each in measured["comparisons"].items()}
        checks = [limit.check(comparisons[limit.comparison]) for limit in self.limits]
        return Verdict(self, measured["rounds"], checks, comparisons)
