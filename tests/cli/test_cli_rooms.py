"""The house of the command line: which room may use which, and that every verb is called in one way."""

import ast
import importlib
import inspect
from pathlib import Path

import psa_cli
import pytest
from psa_cli.cli import cli

HOUSE = Path(psa_cli.__file__).parent
HALL = {"bootstrap", "errors", "paths", "ui"}
# Room -> the rooms that it may use besides the hall.
ROOMS = {
    "machine": set(),
    "core": {"machine"},
    "database": {"machine"},
    "odoo": {"core", "database", "machine"},
    "wire": {"machine"},
    "checks": {"core", "database", "machine", "odoo"},
}
VERBS = set(cli.commands)
# What runs inside Odoo has no command line around it.
INSIDE = "inside"


def place(path):
    """The room, verb or module of the hall that a file belongs to."""
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports(path):
    """What a file imports of psa_cli: the first name of each import below it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                yield place(folder.joinpath(*name.split(".")))
        elif isinstance(node, ast.ImportFrom | ast.Import):
            named = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not [name for name in named if name.split(".")[0] == "psa_cli"], path


def may_use(where):
    if where in HALL:
        return HALL
    if where == INSIDE:
        return set()
    if where in ROOMS:
        return HALL | {where} | ROOMS[where]
    return HALL | {where} | set(ROOMS)


def test_every_folder_is_a_room_or_a_verb():
    folders = {path.name for path in HOUSE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= {*ROOMS, *VERBS, INSIDE}
    assert {*ROOMS, INSIDE} <= folders


@pytest.mark.parametrize("where", [*sorted(ROOMS), *sorted(VERBS), *sorted(HALL), INSIDE])
def test_rooms_use_what_is_below_them_and_no_verb_uses_another(where):
    files = [path for path in HOUSE.rglob("*.py") if place(path) == where]
    assert files
    allowed = may_use(where)
    assert not [
        f"{path.relative_to(HOUSE)} uses {name}" for path in files for name in imports(path) if name not in allowed
    ]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_verb_has_one_function_that_takes_the_options_of_its_command(verb):
    taken = inspect.signature(importlib.import_module(f"psa_cli.{verb}").run).parameters
    needed = [name for name, parameter in taken.items() if parameter.default is parameter.empty]
    assert sorted(needed) == sorted(parameter.name for parameter in cli.commands[verb].params)
