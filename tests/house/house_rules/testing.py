"""Tests that are run, and that stand by themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

from .tree import Finding, PythonFile, Tree


def every_test_is_loaded(tree: Tree) -> Iterator[Finding]:
    """Odoo's own runner knows the modules that tests/__init__.py has by a name that begins with test_."""
    for addon in tree.addons:
        loaded = _exported(tree, addon / "tests")
        for path in tree.files(addon / "tests", {".py"}):
            if path.name.startswith("test_") and path not in loaded:
                yield Finding(path, 1, "Odoo's own runner does not load it; import it in the __init__.py of its room")


def _exported(tree: Tree, package: Path) -> set[Path]:
    """The modules of tests that a package has among its names: its own, and those of `from .room import *`."""
    start = package / "__init__.py"
    if not (tree.root / start).is_file():
        return set()
    found = set()
    for node in ast.parse(tree.text(start)).body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            folder = package.joinpath(*(node.module or "").split("."))
            for alias in node.names:
                if alias.name == "*":
                    found |= _exported(tree, folder)
                elif (alias.asname or alias.name).startswith("test_"):
                    found.add(folder / f"{alias.name}.py")
    return found


def no_test_imports_a_test(tree: Tree) -> Iterator[Finding]:
    """What several tests share is in common.py; from another test it would be loaded, and run, twice."""
    outside = [PythonFile(tree.root, path) for path in tree.files("tests", {".py"})]
    for file in [*filter(lambda file: file.is_test, tree.python), *outside]:
        if file.path.name == "__init__.py":
            continue
        for node in file.nodes:
            for module in sorted(_own_tests(tree, node)):
                yield file.finding(node, f"imports {module}; put what both need into common.py")


def _own_tests(tree: Tree, node: ast.AST) -> set[str]:
    """The modules of tests that an import names; those of the core are not ours to arrange."""
    if isinstance(node, ast.Import):
        paths = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        paths = [f"{node.module or ''}.{alias.name}" for alias in node.names]
    else:
        return set()
    if not getattr(node, "level", 0):
        addons = tuple(f"odoo.addons.{addon.name}." for addon in tree.addons)
        paths = [path for path in paths if path.startswith(addons)]
    return {part for path in paths for part in path.split(".") if part.startswith("test_")}


def heavy_tests_have_files_of_their_own(tree: Tree) -> Iterator[Finding]:
    """`scripts/psa test` leaves out whole files on the series whose turn it is not, and light tests run on both."""
    for file in filter(lambda file: file.is_test, tree.python):
        classes = [node for node in file.tree.body if isinstance(node, ast.ClassDef)]
        light = [node for node in classes if "heavy" not in _tags(node)]
        for node in light if len(light) < len(classes) else ():
            if _tags(node) or _has_tests(node):
                yield file.finding(node, f"{node.name} is not heavy, as others here are; move it to another file")


def _has_tests(node: ast.ClassDef) -> bool:
    return any(isinstance(each, ast.FunctionDef) and each.name.startswith("test_") for each in node.body)


def _tags(node: ast.ClassDef) -> set[str]:
    """What @tagged gives a class."""
    return {
        argument.value
        for call in node.decorator_list
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "tagged"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    }


RULES = [every_test_is_loaded, no_test_imports_a_test, heavy_tests_have_files_of_their_own]
