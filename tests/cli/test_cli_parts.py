"""How a test run is divided: into parts side by side, and between the series; and what its end tells of the time."""

import subprocess
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from psa_cli import prove
from psa_cli.checks.results import OfFile, Result
from psa_cli.cli import cli
from psa_cli.odoo import live
from psa_cli.paths import ROOT
from psa_cli.test import comparison, jobs, parts, summary, testing, turn
from psa_cli.test.selection import Selection

SERIES = ["18.0", "19.0"]


def weights(**seconds):
    return parts.Weights({f"tests/{name}.py": each for name, each in seconds.items()})


def files(*names):
    return [ROOT / "tests" / f"{name}.py" for name in names]


def test_long_run_is_cut_into_parts_of_about_the_same_time():
    found = parts.split(files("a", "b", "c", "d", "e"), weights(a=300, b=200, c=100, d=150, e=150))
    assert [part.seconds for part in found] == [300, 300, 300]
    assert sorted(file for part in found for file in part.files) == [
        str(file) for file in files("a", "b", "c", "d", "e")
    ]


def test_short_run_is_not_cut():
    found = parts.split(files("a", "b"), weights(a=100, b=30))
    assert [part.files for part in found] == [[str(file) for file in files("a", "b")]]


def test_file_that_never_ran_is_weighed_by_the_table_or_by_its_text(tmp_path):
    (tmp_path / "test_new.py").write_text("#" * 4000)
    known, seconds = next(iter(parts.KNOWN.items()))
    assert weights().weigh(ROOT / "tests" / f"{known}.py") == seconds
    assert weights().weigh(tmp_path / "test_new.py") == 4


def test_weights_are_read_from_the_last_reports(tmp_path, monkeypatch):
    case = '<testsuites><testcase file="tests/a.py" classname="a" name="1" time="{}"/></testsuites>'
    for series, seconds in zip(SERIES, (7, 9), strict=True):
        (tmp_path / f"{series}-live.xml").write_text(case.format(seconds))
    (tmp_path / "broken.xml").write_text("<")
    monkeypatch.setattr(parts, "local", lambda *names: tmp_path)
    assert parts.Weights.load().weigh(ROOT / "tests" / "a.py") == 9


def test_table_of_weights_names_files_that_are_there():
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "addons").rglob("test_*.py")]
    assert set(parts.KNOWN) <= {path.stem for path in files}


def plan(selection=None, live_parts=(), heavy="19.0"):
    return jobs.Plan(selection or Selection(), list(live_parts), weights(), heavy)


def test_parts_of_live_tests_have_names_and_servers_of_their_own():
    two = [parts.Part(200, ["tests/a.py"]), parts.Part(100, ["tests/b.py"])]
    found = [job for job in plan(live_parts=two).jobs(SimpleNamespace(series="18.0")) if "live" in job.title]
    assert [job.title for job in found] == ["outside, live server, part 1 of 2", "outside, live server, part 2 of 2"]
    commands, names, environments = zip(*(job.run.args for job in found), strict=True)
    assert names == ("18.0-live1", "18.0-live2")
    assert [environment[live.PART] for environment in environments] == ["live1", "live2"]
    assert ["tests/a.py" in command for command in commands] == [True, False]
    for command in commands:
        assert command[command.index("--heavy-series") + 1] == "19.0"


def test_live_tests_that_are_heavy_are_left_out_where_it_is_not_their_turn(tmp_path):
    (tmp_path / "test_heavy.py").write_text("pytestmark = pytest.mark.heavy\n")
    (tmp_path / "test_light.py").write_text("def test(): ...\n")
    heavy, light = (str(tmp_path / f"test_{name}.py") for name in ("heavy", "light"))
    live_parts = [parts.Part(200, [heavy, light]), parts.Part(100, [heavy])]

    def find(series):
        return [part.files for part in plan(live_parts=live_parts, heavy="19.0")._live_parts_of(series)]

    assert find("19.0") == [[heavy, light], [heavy]]
    assert find("18.0") == [[light]]


def test_comparison_with_l1_is_for_the_series_whose_turn_it_is():
    def compared(series, **options):
        return [job for job in plan(**options).jobs(SimpleNamespace(series=series)) if job.run.func is comparison.run]

    assert len(compared("19.0")) == len(comparison.MODULES)
    assert not compared("18.0")
    assert compared("18.0", heavy="both")
    assert not compared("19.0", selection=Selection(outside=["tests"]))


def test_picked_tests_of_an_addon_stay_together():
    picked = [f"{ROOT}/addons/psa_base/tests/test_a.py::TestA"]
    (job,) = plan(Selection(addons={"psa_base": picked})).jobs(SimpleNamespace(series="18.0"))
    assert (job.title, picked in job.run.args) == ("psa_base", True)


def test_tests_picked_by_an_option_stay_together():
    chosen = Selection(options=["-k", "x"], addons={"psa_base": [f"{ROOT}/addons/psa_base"]})
    assert [job.title for job in plan(chosen).jobs(SimpleNamespace(series="18.0"))] == ["psa_base"]


def test_whole_addon_is_cut_into_parts_that_miss_no_file():
    chosen = {"psa_base": [f"{ROOT}/addons/psa_base"]}

    def find(series):
        jobs = plan(Selection(addons=chosen), heavy="19.0").jobs(SimpleNamespace(series=series))
        return sorted(Path(file) for job in jobs for file in job.run.args[3])

    files = sorted((ROOT / "addons/psa_base/tests").rglob("test_*.py"))
    assert find("19.0") == files
    light = find("18.0")
    assert set(files) - set(light) == set(filter(turn.is_heavy, files)) != set()


def test_series_take_turns_from_commit_to_commit(monkeypatch):
    def chosen(commits):
        monkeypatch.setattr(turn, "_git", lambda *arguments: commits if "rev-list" in arguments else "false")
        return turn.choose(SERIES, "turn")

    assert [chosen(number)[0] for number in ("12", "13", "14")] == ["18.0", "19.0", "18.0"]
    assert "18.0 alone this time (commit 12" in chosen("12")[1]


@pytest.mark.parametrize("answer", ["", "true"])
def test_without_a_history_the_day_decides(monkeypatch, answer):
    monkeypatch.setattr(turn, "_git", lambda *arguments: answer)
    name, sentence = turn.choose(SERIES, "turn")
    assert name in SERIES
    assert "the turn of this day" in sentence


def test_machine_without_git_has_a_turn_as_well(monkeypatch):
    def missing(*_arguments, **_options):
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", missing)
    assert turn.choose(SERIES, "turn")[0] in SERIES


@pytest.mark.parametrize(
    ("names", "wanted", "chosen"),
    [(["18.0"], "turn", "18.0"), (["18.0"], "both", "18.0"), (SERIES, "both", "both"), (SERIES, "19.0", "19.0")],
)
def test_heavy_series_can_be_asked_for(names, wanted, chosen):
    assert turn.choose(names, wanted)[0] == chosen


def test_two_jobs_a_core_and_never_too_many(monkeypatch):
    counts = {None: 2, 1: 2, 2: 4, 64: testing.MOST_AT_ONCE}
    for cores, expected in counts.items():
        monkeypatch.setattr(testing.os, "cpu_count", lambda cores=cores: cores)
        assert testing.count_at_once() == expected


def test_interrupt_ends_the_jobs_while_the_database_server_is_there(monkeypatch):
    events = []

    class Server:
        def __enter__(self):
            return self

        def __exit__(self, *_error):
            events.append("server ends")

    def job():
        begun.set()
        ended.wait()
        events.append("job ends")
        return Result(1)

    def interrupted(_runtime):
        yield jobs.Job("18.0", "long", 1, job)
        begun.wait()
        raise KeyboardInterrupt

    begun, ended = Event(), Event()
    monkeypatch.setattr(testing, "Cluster", Server)
    monkeypatch.setattr(testing.system, "ensure", lambda *needs: [])
    monkeypatch.setattr(testing.runs, "prepare_series", lambda name, server: name)
    monkeypatch.setattr(testing.proc, "stop_all", ended.set)
    with testing.ThreadPoolExecutor(2) as pool:
        pool.submit(job)
        with pytest.raises(KeyboardInterrupt):
            testing._run_series(pool, ["18.0"], SimpleNamespace(jobs=interrupted))
    assert events == ["job ends", "server ends"]


def test_end_of_a_run_names_its_ten_slowest_files(capsys):
    slow = {f"tests/test_{number}.py": OfFile(3, 0, float(number)) for number in range(12)}
    again = {"tests/test_2.py": OfFile(3, 0, 20)}
    found = {"18.0": [Result(36, files=slow)], "19.0": [Result(3, files=again)]}
    assert summary.sum_up(found, True, True, 60, 2) == 0
    lines = capsys.readouterr().out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("The 10 slowest files"))
    assert lines[start + 1].split() == ["22", "s", "6", "tests", "tests/test_2.py"]
    assert [line.split()[-1] for line in lines[start + 2 : start + 11]] == [
        f"tests/test_{number}.py" for number in (11, 10, 9, 8, 7, 6, 5, 4, 3)
    ]


def test_budget_is_told_and_fails_nothing(capsys):
    found = {"18.0": [Result(1)]}
    assert summary.sum_up(found, True, True, 10_000, 2) == 0
    assert "OVER by" in capsys.readouterr().out
    assert "kept, with 1 min 5 s to spare" in summary.describe_budget(1135, 2)


def test_whole_run_without_tests_of_a_series_has_failed():
    assert summary.sum_up({"18.0": [Result(1)], "19.0": [Result()]}, True, True, 1, 2) == 1
    assert summary.sum_up({"18.0": [Result(1)], "19.0": [Result()]}, False, True, 1, 2) == 0


def test_proof_is_a_table_with_the_figures_of_its_tests():
    held = Result(2, files={"tests/hub/test_a.py": OfFile(2, 0, 61.4, ["30 kills: 0 lost"])})
    broken = Result(1, 1, files={"tests/hub/test_a.py": OfFile(2, 1, 59)})
    assert list(prove.describe({"18.0": held, "19.0": broken})) == [
        "series  file                 tests  seconds  outcome",
        "18.0    tests/hub/test_a.py      2       61  holds",
        "        30 kills: 0 lost",
        "19.0    tests/hub/test_a.py      2       59  1 FAILED",
    ]


def test_every_proof_has_a_name_and_tests():
    (argument,) = [each for each in cli.commands["prove"].params if each.name == "name"]
    assert set(argument.type.choices) == set(prove.PROOFS)
    for path in (path for paths in prove.PROOFS.values() for path in paths):
        assert path.is_file() or list(path.glob("test_*.py")), path
