"""The comparison of L1's own tests without the suite and with it: what counts as the same."""

import pytest
from psa_cli.test import comparison
from psa_cli.test.comparison import Outcome

PASSED, FAILED = Outcome("passed"), Outcome("failed", "AssertionError: # != #")


@pytest.mark.parametrize(
    ("without", "whole", "bad"),
    [
        ({"a": PASSED}, {"a": PASSED}, []),
        ({"a": FAILED}, {"a": FAILED}, []),
        ({"a": PASSED}, {"a": FAILED}, ["L1 a: without the suite passed, with it failed (AssertionError: # != #)"]),
        ({"a": FAILED}, {"a": PASSED}, ["L1 a: without the suite failed (AssertionError: # != #), with it passed"]),
        ({"a": FAILED}, {"a": Outcome("failed", "KeyError")}, ["L1 a: without the suite failed (AssertionError: "]),
        ({"a": PASSED}, {}, ["L1 a: without the suite passed, with it was not run"]),
        ({"a": PASSED}, {"a": PASSED, "b": PASSED}, ["L1 b: without the suite was not run, with it passed"]),
        ({}, {}, ["none of L1's own tests ran"]),
        ({}, {"a": PASSED}, ["none of L1's own tests ran"]),
    ],
)
def test_only_the_same_outcome_passes(without, whole, bad):
    found = comparison.compare(without, whole)
    assert found.failed == len(bad)
    assert all(line.startswith(start) for line, start in zip(found.bad, bad, strict=True))
    assert found.passed == (not bad) + ("b" in whole)


def test_outcomes_are_read_without_the_numbers_that_differ_from_run_to_run(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="a.A" name="one"/>'
        '<testcase classname="a.A" name="two"><failure message="ticket(47,) not found&#10;more"/></testcase>'
        '<testcase classname="a.A" name="two"><error message="teardown"/></testcase>'
        '<testcase classname="a.A" name="three"><skipped message="no browser"/></testcase></testsuite></testsuites>'
    )
    assert comparison.read(report) == {
        "a.A::one": PASSED,
        "a.A::two": Outcome("failed", "ticket(#,) not found"),
        "a.A::three": Outcome("skipped", "no browser"),
    }


def test_run_that_left_no_report_has_no_outcomes(tmp_path):
    assert comparison.read(tmp_path / "none.xml") == {}
