"""Which part may know which: the four layers, and the arrows between the rooms of an addon."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .tree import TEXT_TYPES, Finding, PythonFile, Tree, dotted, imported_modules

# Where a room may not reach: folder -> segments of a module's name that it must not import.
FORBIDDEN_IMPORTS = {
    ("api", "routers"): {"adapters"},
    ("api", "schemas"): {"adapters", "models", "routers", "services"},
    ("models",): {"controllers", "routers", "schemas"},
    ("services",): {"controllers", "routers", "schemas"},
    ("adapters",): {"controllers", "models", "routers", "schemas", "services"},
}
SERIES_MODULE = Path("addons/psa_base/series.py")
KNOWN_TO_TOOLS = {"const", "exceptions", "roles", "series", "tools"}
VERSION_NAMES = {"version_info", "version", "series", "serie", "major_version"}


def base_does_not_name_an_engagement(tree: Tree) -> Iterator[Finding]:
    """L2 is every engagement's: no file of psa_base knows the name of one."""
    engagements = [addon.name.removeprefix("psa_") for addon in tree.addons if addon.name != "psa_base"]
    for path in tree.files("addons/psa_base", TEXT_TYPES):
        for engagement in engagements:
            if engagement in str(path).lower():
                yield Finding(path, 1, f'the file name says "{engagement}"; L2 never names L3')
            for number, line in enumerate(tree.text(path).splitlines(), start=1):
                if engagement in line.lower():
                    yield Finding(path, number, f'"{engagement}" in psa_base; L2 never names L3')


def python_names_no_configuration_record(tree: Tree) -> Iterator[Finding]:
    """L4 records belong to the client, who may replace or delete them: no Python relies on one."""
    ids = {
        f"{path.parts[1]}.{name}": path
        for path, root in tree.xml.items()
        if "l4" in path.parts
        for element in root.iter()
        if (name := element.get("id")) and "." not in name
    }
    bare = {name.partition(".")[2] for name in ids}
    for file in tree.python:
        for node in file.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = set(re.findall(r"\w+\.\w+", node.value))
                if words & set(ids) or node.value in bare:
                    yield file.finding(node, f'"{node.value[:60]}" is an L4 record; find it by its role, not by its id')


def only_series_asks_for_the_version(tree: Tree) -> Iterator[Finding]:
    """What differs between the Odoo series has one name in psa_base/series.py and is asked for nowhere else."""
    for file in tree.python:
        if file.path == SERIES_MODULE:
            continue
        for node in file.nodes:
            if _reads_version(node):
                yield file.finding(node, "asks for the Odoo version; give the difference a name in psa_base/series.py")


def _reads_version(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "version_info" or (
            node.attr in VERSION_NAMES and dotted(node.value).rpartition(".")[2] == "release"
        )
    return isinstance(node, ast.ImportFrom) and (
        node.module == "odoo.release" or (node.module == "odoo" and any(name.name == "release" for name in node.names))
    )


def nobody_patches_the_core(tree: Tree) -> Iterator[Finding]:
    """L1 is changed by `_inherit`, hooks and views only: nothing imported from odoo gets a new attribute."""
    for file in tree.shipped_python:
        foreign = _names_from_odoo(file)
        for node in file.nodes:
            for target in _assigned_attributes(node):
                owner = dotted(target.value).split(".")[0]
                if owner in foreign and owner != "request":
                    yield file.finding(node, f"{dotted(target)} is L1's; extend it by _inherit or a hook instead")
            if isinstance(node, ast.Call) and _is_patching_call(node, foreign):
                yield file.finding(node, "patches L1 while it runs; extend it by _inherit or a hook instead")


def _names_from_odoo(file: PythonFile) -> set[str]:
    names = set()
    for node in file.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None)
            for alias in node.names:
                origin = f"{module}.{alias.name}" if module else alias.name
                is_own = origin.startswith(f"odoo.addons.{file.addon}")
                if origin.split(".")[0] == "odoo" and not is_own and not getattr(node, "level", 0):
                    names.add(alias.asname or (alias.name if module else alias.name.split(".")[0]))
    return names


def _assigned_attributes(node: ast.AST) -> list[ast.Attribute]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    is_assignment = isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
    return [target for target in targets if is_assignment and isinstance(target, ast.Attribute)]


def _is_patching_call(node: ast.Call, foreign: set[str]) -> bool:
    name = dotted(node.func).rpartition(".")[2]
    if name in {"setattr", "delattr"} and node.args:
        return dotted(node.args[0]).split(".")[0] in foreign
    return name in {"_patch_method", "_revert_method"}


def rooms_import_downwards_only(tree: Tree) -> Iterator[Finding]:
    """Routers know schemas and services; services know models and adapters; nobody knows who calls him."""
    for file in tree.shipped_python:
        for folders, forbidden in FORBIDDEN_IMPORTS.items():
            if file.folders[: len(folders)] != folders:
                continue
            for node in file.nodes:
                segments = {segment for module in imported_modules(node) for segment in module.split(".")}
                # `from odoo import models` is the framework, not a room.
                if not _is_framework(node) and (wrong := segments & forbidden):
                    yield file.finding(node, f"{'/'.join(folders)} imports {', '.join(sorted(wrong))}; arrows go down")


def _is_framework(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "odoo"


def tools_import_nothing_above_them(tree: Tree) -> Iterator[Finding]:
    """A tool works on plain data, so every floor may call it: of the addon it knows other tools and plain names."""
    for file in tree.shipped_python:
        if file.folders[:1] != ("tools",):
            continue
        for node in file.nodes:
            for part in sorted(set(_imported_parts(tree, file, node)) - KNOWN_TO_TOOLS):
                yield file.finding(node, f"a tool imports {part}; hand it what it needs, or make it a service")


def _imported_parts(tree: Tree, file: PythonFile, node: ast.AST) -> Iterator[str]:
    """What an import names of our addons, by what stands at the top there: `models` of `from ..models.x import y`."""
    for module in imported_modules(node):
        level = getattr(node, "level", 0)
        parts = module.lstrip(".").split(".")
        if level:
            above = file.path.parts[: len(file.path.parts) - level]
            parts = ["odoo", *above, *filter(None, parts)]
        if parts[:2] == ["odoo", "addons"] and len(parts) > 3 and Path(*parts[1:3]) in tree.addons:
            yield parts[3]


def adapters_touch_no_record(tree: Tree) -> Iterator[Finding]:
    """An adapter speaks to the vendor and returns dataclasses: no environment, no models, no request."""
    for file in tree.shipped_python:
        if file.folders[:1] != ("adapters",):
            continue
        for node in file.nodes:
            is_environment = (isinstance(node, ast.Name) and node.id == "env") or (
                isinstance(node, ast.Attribute) and node.attr == "env"
            )
            if is_environment or {"odoo.models", "odoo.http", "odoo.fields"} & set(imported_modules(node)):
                yield file.finding(node, "an adapter uses records; return a dataclass and let a service write it")


def outside_tests_import_no_addon(tree: Tree) -> Iterator[Finding]:
    """tests/ and scripts/ see the suite as its users do: over the wire and as files."""
    for folder in ("tests", "scripts"):
        for path in tree.files(folder, {".py"}):
            for node in ast.walk(ast.parse(tree.text(path))):
                if any(module.split(".")[0] == "odoo" for module in imported_modules(node)):
                    yield Finding(path, node.lineno, "imports odoo; from outside, use HTTP, the command line or files")


RULES = [
    base_does_not_name_an_engagement,
    python_names_no_configuration_record,
    only_series_asks_for_the_version,
    nobody_patches_the_core,
    rooms_import_downwards_only,
    tools_import_nothing_above_them,
    adapters_touch_no_record,
    outside_tests_import_no_addon,
]
