"""What came out of a run of pytest, and what counts as a failure: also a test that was left out."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ALLOWED = "allowed:"


@dataclass
class Result:
    """Counts of one run or of several together, and the names of those that are not as they should be."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    bad: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def add(results: Iterable[Result]) -> Result:
    whole = Result()
    for each in results:
        whole.passed += each.passed
        whole.failed += each.failed
        whole.skipped += each.skipped
        whole.bad += each.bad
    return whole


def read(report: Path, exit_code: int) -> Result:
    """Read pytest's report. A run without one, or one that ended badly for a reason not in it, has failed."""
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - pytest wrote it for us
    except (OSError, ElementTree.ParseError):
        return Result(failed=1, bad=[f"pytest ended with {exit_code} before it wrote a report"])
    result = Result()
    for case in cases:
        _count(case, result)
    # 0: all passed, 1: some failed, 5: none was chosen.
    if exit_code not in (0, 1, 5) or (exit_code == 1 and not result.failed):
        result.failed += 1
        result.bad.append(f"pytest ended with {exit_code}")
    return result


def _count(case: ElementTree.Element, result: Result) -> None:
    name = f"{case.get('classname')}::{case.get('name')}"
    skip = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        result.failed += 1
        result.bad.append(name)
    elif skip is None:
        result.passed += 1
    elif (reason := skip.get("message") or "").startswith(ALLOWED):
        result.skipped += 1
    else:
        # A skipped browser test proves nothing and looks like a pass.
        result.failed += 1
        result.bad.append(f"{name} was skipped, which is not allowed: {reason}")
