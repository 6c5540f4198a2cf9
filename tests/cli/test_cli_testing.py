"""The test verb: what it runs, and what counts as a failure."""

import pytest
from psa_cli.checks import results
from psa_cli.errors import WrongUsage
from psa_cli.test import selection

pytestmark = pytest.mark.usefixtures("own_machine")


@pytest.fixture
def tree(tmp_path):
    for name in ("addons/x_base/tests/test_a.py", "addons/x_base/__manifest__.py", "tests/test_b.py", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_paths_go_to_their_runner(tree):
    found = selection.select(["addons/x_base/tests/test_a.py::TestA", "tests/test_b.py", "-x"], tree)
    assert found.addons == {"x_base": [f"{tree}/addons/x_base/tests/test_a.py::TestA"]}
    assert found.outside == [f"{tree}/tests/test_b.py"]
    assert found.options == ["-x"]
    assert not found.is_whole


def test_value_of_an_option_is_no_path(tree):
    found = selection.select(["-k", "tests", "--maxfail=1"], tree)
    assert found.options == ["-k", "tests", "--maxfail=1"]
    assert not found.has_paths


def test_whole_addons_folder_is_every_addon(tree, monkeypatch):
    monkeypatch.chdir(tree)
    assert selection.select(["addons"], tree).addons == {"x_base": [f"{tree}/addons/x_base"]}


def test_path_without_tests_is_wrong_usage(tree):
    with pytest.raises(WrongUsage, match=r"README\.md"):
        selection.select(["README.md"], tree)


def report(tmp_path, cases):
    path = tmp_path / "report.xml"
    path.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    return path


def test_skip_counts_as_failure_unless_allowed(tmp_path):
    cases = (
        '<testcase classname="a" name="1"/>'
        '<testcase classname="a" name="2"><skipped message="no Chrome"/></testcase>'
        '<testcase classname="a" name="3"><skipped message="allowed: 18.0 has no such field"/></testcase>'
        '<testcase classname="a" name="4"><failure message="x"/></testcase>'
    )
    found = results.read(report(tmp_path, cases), 1)
    assert (found.passed, found.failed, found.skipped) == (1, 2, 1)
    assert "no Chrome" in found.bad[0]


def test_run_without_report_has_failed(tmp_path):
    assert results.read(tmp_path / "none.xml", 4).failed == 1


def test_bad_end_without_a_failed_test_has_failed(tmp_path):
    assert results.read(report(tmp_path, '<testcase classname="a" name="1"/>'), 3).failed == 1


def test_results_add_up():
    whole = results.add([results.Result(1, 2, 3, ["a"]), results.Result(1, 0, 0, ["b"])])
    assert (whole.passed, whole.failed, whole.skipped, whole.bad) == (2, 2, 3, ["a", "b"])


def test_report_is_told_by_file_with_the_figures_that_tests_recorded(tmp_path):
    cases = (
        '<testcase file="tests/a.py" classname="a" name="1" time="1.5">'
        '<properties><property name="figure" value="30 kills"/><property name="other" value="x"/></properties>'
        "</testcase>"
        '<testcase file="tests/a.py" classname="a" name="2" time="2"><failure message="x"/></testcase>'
        '<testcase file="tests/b.py" classname="b" name="1" time="4"/>'
    )
    found = results.read(report(tmp_path, cases), 1).files
    assert found == {
        "tests/a.py": results.OfFile(2, 1, 3.5, ["30 kills"]),
        "tests/b.py": results.OfFile(1, 0, 4.0),
    }
    whole = results.add([results.Result(files=found), results.Result(files={"tests/b.py": results.OfFile(2, 0, 1)})])
    assert whole.files["tests/b.py"] == results.OfFile(3, 0, 5.0)
