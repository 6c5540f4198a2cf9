"""Holds the rules of the house (docs/architecture.md) over the tree, and holds the rules themselves to account."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from .house_rules import RULES
from .house_rules.samples import COMMON, SAMPLES
from .house_rules.tree import Finding, Tree

ROOT = Path(__file__).resolve().parents[2]
OFFENCES = [(name, number) for name, sample in SAMPLES.items() for number in range(len(sample.bad))]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(ROOT)


@pytest.mark.parametrize("name", RULES)
def test_tree_keeps_rule(tree, name):
    _expect_none(RULES[name](tree))


@pytest.mark.parametrize(("name", "number"), OFFENCES)
def test_rule_objects_to_offence(tmp_path, name, number):
    assert list(RULES[name](_lay_out(tmp_path, SAMPLES[name].bad[number])))


@pytest.mark.parametrize("name", SAMPLES)
def test_rule_accepts_tidy_sample(tmp_path, name):
    _expect_none(RULES[name](_lay_out(tmp_path, SAMPLES[name].good)))


def test_every_rule_has_samples():
    assert set(RULES) == set(SAMPLES)
    assert all(sample.bad for sample in SAMPLES.values())


def _expect_none(findings: Iterable[Finding]) -> None:
    """Fail with the findings in the order of the files, one a line and none cut short."""
    listed = [str(finding) for finding in sorted(findings, key=lambda found: (found.path, found.line))]
    if listed:
        pytest.fail("\n".join(listed), pytrace=False)


def _lay_out(root: Path, files: dict[str, str]) -> Tree:
    for name, text in {**COMMON, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(root)
