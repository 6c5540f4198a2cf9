"""The comparison of L1's own tests with the suite and without it: what is good, and what runs a second time."""

from types import SimpleNamespace

import pytest
from psa_cli.test import comparison
from psa_cli.test.comparison import Outcome

PASSED, FAILED = Outcome("passed"), Outcome("failed", "AssertionError: # != #")
RUNTIME = SimpleNamespace(series="19.0", core=SimpleNamespace(addons=()))


@pytest.mark.parametrize(
    ("whole", "without", "bad"),
    [
        ({"a": PASSED}, {}, []),
        ({"a": PASSED}, {"a": FAILED}, []),
        ({"a": FAILED}, {"a": FAILED}, []),
        ({"a": FAILED}, {"a": PASSED}, ["L1 a: with the suite failed (AssertionError: # != #), without it passed"]),
        ({"a": FAILED}, {"a": Outcome("failed", "KeyError")}, ["L1 a: with the suite failed (AssertionError: # "]),
        ({"a": FAILED}, {}, ["L1 a: with the suite failed (AssertionError: # != #), without it was not run"]),
        ({"a": Outcome("skipped", "no browser")}, {"a": PASSED}, ["L1 a: with the suite skipped (no browser), w"]),
        ({}, {}, ["none of L1's own tests ran with the suite"]),
        ({}, {"a": PASSED}, ["none of L1's own tests ran with the suite"]),
    ],
)
def test_only_what_passes_or_fails_alike_without_the_suite_is_good(whole, without, bad):
    found = comparison.compare(whole, without)
    assert found.failed == len(bad)
    assert all(line.startswith(start) for line, start in zip(found.bad, bad, strict=True))
    assert found.passed == (not bad)


@pytest.mark.parametrize(
    ("whole", "runs"),
    [
        ({"a": PASSED}, [("suite",)]),
        ({"a": PASSED, "b": FAILED}, [("suite",), ("l1", ["b"])]),
        ({}, [("suite",)]),
    ],
)
def test_only_what_does_not_pass_runs_without_the_suite(monkeypatch, whole, runs):
    made = []

    def run(_runtime, _module, *how):
        made.append(how)
        return whole if how == ("suite",) else {"b": FAILED}

    monkeypatch.setattr(comparison, "_run", run)
    found = comparison.run(RUNTIME, "helpdesk_mgmt")
    assert made == runs
    assert (found.passed, found.failed) == (len(whole), not whole)


@pytest.mark.parametrize(
    ("line", "is_whole"),
    [
        ("collected 2 items\n", True),
        ("collected 9 items / 7 deselected / 2 selected\n", True),
        ("collected 3 items\n", False),
        ("collected 9 items / 1 error / 6 deselected / 3 selected\n", False),
        ("", False),
    ],
)
def test_run_that_left_a_test_out_is_not_whole(line, is_whole):
    output = f"plugins: odoo\n{line}\na.py ..\n"
    assert comparison.is_whole({"a": PASSED, "b": FAILED}, output) is is_whole


def test_tests_are_found_by_their_names_in_the_report(tmp_path):
    file = tmp_path / "tests" / "test_a.py"
    file.parent.mkdir()
    file.touch()
    known = ["tests.test_a.TestA::test_one", "tests.test_a::test_two[x.y]"]
    assert comparison.find_tests(tmp_path, known) == [f"{file}::TestA::test_one", f"{file}::test_two[x.y]"]
    assert comparison.find_tests(tmp_path, [*known, "elsewhere.TestB::test_three"]) == [str(tmp_path)]


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
