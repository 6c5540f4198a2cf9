"""The bench verb: what it makes of what was measured. How fast anything is, no test says: machines differ.

One goal is measured here with a few tickets, to see that it works; at full size all are, as `scripts/psa bench` does.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from psa_cli import bench
from psa_cli.bench import goal_4_stage_change, report
from psa_cli.bench.goal import Goal, Limit, Relation
from psa_cli.errors import WrongUsage

CASES = Path(__file__).with_name("bench_cases")
MADE_UP = Goal(
    number=99,
    name="made-up",
    title="a made-up case",
    script=CASES / "made_up.py",
    limits=(
        Limit("slow", "cpu", Relation.RATIO, 2),
        Limit("slow", "queries", Relation.DIFFERENCE, 3),
        Limit("equal", "queries", Relation.DIFFERENCE, 0),
    ),
    rounds=1,
)
SMOKE = replace(goal_4_stage_change.GOAL, name="stage-change-of-few", script=CASES / "stage_change_of_few.py")


def sample(cpu, queries=10, wall=100.0):
    return {"cpu": cpu, "wall": wall, "queries": queries}


def measured(case, baseline):
    comparisons = {"slow": {"title": "one", "case": case, "baseline": baseline}}
    return {"rounds": len(case), "comparisons": comparisons}


def goal(*limits):
    return Goal(1, "name", "title", CASES / "none.py", limits, 3)


# --- verdicts ---


@pytest.mark.parametrize(("case", "met"), [((12, 12.5, 90), True), ((12, 12.6, 13), False)])
def test_median_ratio_is_held_to_its_limit(case, met):
    result = measured([sample(cpu) for cpu in case], [sample(10), sample(1), sample(10)])
    (check,) = goal(Limit("slow", "cpu", Relation.RATIO, 1.25)).judge(result).checks
    assert check.is_met is met
    assert check.measured == "cpu"


@pytest.mark.parametrize(("queries", "met"), [(14, True), (15, False)])
def test_difference_is_held_to_its_limit(queries, met):
    result = measured([sample(1, queries)], [sample(1, 10)])
    assert goal(Limit("slow", "queries", Relation.DIFFERENCE, 4)).judge(result).is_met is met


def test_one_limit_that_is_not_met_is_a_goal_that_is_not_met():
    limits = Limit("slow", "cpu", Relation.RATIO, 2), Limit("slow", "queries", Relation.DIFFERENCE, 0)
    verdict = goal(*limits).judge(measured([sample(1, 11)], [sample(1, 10)]))
    assert [check.is_met for check in verdict.checks] == [True, False]
    assert not verdict.is_met


def test_baseline_that_took_nothing_is_no_excuse():
    assert not goal(Limit("slow", "cpu", Relation.RATIO, 2)).judge(measured([sample(1)], [sample(0)])).is_met


def test_without_the_cpu_of_the_database_the_wall_clock_counts_and_is_named():
    result = measured([sample(None, wall=300.0)], [sample(5.0)])
    verdict = goal(Limit("slow", "cpu", Relation.RATIO, 2)).judge(result)
    (check,) = verdict.checks
    assert (check.measured, check.value, check.is_met) == ("wall", 3, False)
    assert "on the clock" in report.as_text([report.SeriesRun("18.0", {"postgresql": "16.1"}, [verdict])])


def test_unknown_goal_is_wrong_usage():
    with pytest.raises(WrongUsage, match="choose from made-up"):
        bench.run("18.0", 1, ["made-down"], "text", goals=[MADE_UP])


def test_every_goal_has_its_script():
    assert all(each.script.is_file() and each.limits for each in bench.GOALS)
    assert len({each.name for each in bench.GOALS}) == len(bench.GOALS)


# --- on a real database ---


def run_bench(capsys, series, goals):
    code = bench.run(series, 1, [each.name for each in goals], "json", goals=goals)
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.heavy
def test_case_that_is_too_slow_is_not_met(series, capsys):
    code, data = run_bench(capsys, series, goals=[MADE_UP])
    assert code == 1
    assert data["met"] is False
    (found,) = data["series"][0]["goals"]
    assert [check["met"] for check in found["checks"]] == [False, False, True]
    assert found["checks"][0]["value"] > 2
    assert [check["value"] for check in found["checks"][1:]] == [4, 0]


@pytest.mark.heavy
@pytest.mark.parametrize(
    "measured_goal",
    [SMOKE, *(pytest.param(each, marks=pytest.mark.full_size) for each in bench.GOALS)],
    ids=lambda each: each.name,
)
def test_goal_is_measured_and_reported(series, capsys, measured_goal):
    code, data = run_bench(capsys, series, goals=[measured_goal])
    assert code == (0 if data["met"] else 1)
    (run,) = data["series"]
    assert (run["series"], list(run["environment"])) == (series, ["postgresql", "python", "machine"])
    (found,) = run["goals"]
    assert (found["name"], found["rounds"]) == (measured_goal.name, 1)
    assert found["met"] == all(check["met"] for check in found["checks"]) == data["met"]
    for check in found["checks"]:
        assert {"measure", "relation", "case", "baseline", "value", "limit", "met"} <= set(check)
        assert check["case"] > 0
        assert check["baseline"] > 0
        rounds = found["comparisons"][check["comparison"]]
        assert len(rounds["case"]) == len(rounds["baseline"]) == 1
