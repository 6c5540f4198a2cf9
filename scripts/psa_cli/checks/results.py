"""What came out of a run of pytest, file by file, and what counts as a failure: also a test that was left out."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ALLOWED = "allowed:"


@dataclass
class OfFile:
    """What one test file came to. Figures are what its tests recorded under that name, in their own words."""

    tests: int = 0
    failed: int = 0
    seconds: float = 0.0
    figures: list[str] = field(default_factory=list)


@dataclass
class Result:
    """Counts of one run or of several together, and the names of those that are not as they should be."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    bad: list[str] = field(default_factory=list)
    files: dict[str, OfFile] = field(default_factory=dict)

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
        for name, part in each.files.items():
            of_file = whole.files.setdefault(name, OfFile())
            of_file.tests += part.tests
            of_file.failed += part.failed
            of_file.seconds += part.seconds
            of_file.figures += part.figures
    return whole


def read_cases(report: Path) -> list[ElementTree.Element] | None:
    """The tests in a report of pytest; None when the run ended before it wrote one."""
    try:
        return list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - pytest wrote it for us
    except (OSError, ElementTree.ParseError):
        return None


def read_files(cases: Iterable[ElementTree.Element]) -> dict[str, OfFile]:
    """The same tests by the file that they stand in."""
    files: dict[str, OfFile] = {}
    for case in cases:
        of_file = files.setdefault(case.get("file") or case.get("classname") or "", OfFile())
        of_file.tests += 1
        of_file.failed += _is_bad(case)
        of_file.seconds += float(case.get("time") or 0)
        of_file.figures += [each.get("value", "") for each in case.iter("property") if each.get("name") == "figure"]
    return files


def read(report: Path, exit_code: int) -> Result:
    """Read pytest's report. A run without one, or one that ended badly for a reason not in it, has failed."""
    cases = read_cases(report)
    if cases is None:
        return Result(failed=1, bad=[f"pytest ended with {exit_code} before it wrote a report"])
    result = Result(files=read_files(cases))
    for case in cases:
        _count(case, result)
    # 0: all passed, 1: some failed, 5: none was chosen.
    if exit_code not in (0, 1, 5) or (exit_code == 1 and not result.failed):
        result.failed += 1
        result.bad.append(f"pytest ended with {exit_code}")
    return result


def _is_bad(case: ElementTree.Element) -> bool:
    return case.find("failure") is not None or case.find("error") is not None


def _count(case: ElementTree.Element, result: Result) -> None:
    name = f"{case.get('classname')}::{case.get('name')}"
    skip = case.find("skipped")
    if _is_bad(case):
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
