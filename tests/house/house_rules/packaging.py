"""What each addon and the repository's front page must bring, and how big a file may grow."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .tree import Finding, Tree

HARD_LIMIT = 400
DATA_FOLDERS = {"data", "l4", "report", "security", "views", "wizard"}


def manifests_are_complete(tree: Tree) -> Iterator[Finding]:
    """AGPL-3 as its dependencies demand, a version for both series, a description for people."""
    for addon, manifest in tree.manifests.items():
        path = addon / "__manifest__.py"
        if manifest.get("license") != "AGPL-3":
            yield Finding(path, 1, "license must be AGPL-3, as helpdesk_mgmt and contract are")
        if not re.fullmatch(r"\d+\.\d+\.\d+", manifest.get("version", "")):
            yield Finding(path, 1, "version must have three parts, so that it installs on both series")
        description = tree.root / addon / "readme" / "DESCRIPTION.md"
        if not description.is_file() or not description.read_text(encoding="utf-8").strip():
            yield Finding(addon / "readme" / "DESCRIPTION.md", 1, "every addon says what it is for")


def data_files_are_loaded(tree: Tree) -> Iterator[Finding]:
    """A file that no manifest names does nothing; a name without a file breaks the installation."""
    for addon, manifest in tree.manifests.items():
        listed = {addon / name for key in ("data", "demo") for name in manifest.get(key, ())}
        present = {
            path for path in tree.files(addon, {".xml", ".csv"}) if path.relative_to(addon).parts[0] in DATA_FOLDERS
        }
        for path in sorted(present - listed):
            # Files that Python loads (demo data by a hook) are named there.
            if not any(path.name in file.source for file in tree.python if file.addon == addon.name):
                yield Finding(path, 1, "no manifest names this file, so nothing loads it")
        for path in sorted(listed):
            if not (tree.root / path).is_file():
                yield Finding(addon / "__manifest__.py", 1, f"names {path.relative_to(addon)}, which is not there")


def readme_commands_exist(tree: Tree) -> Iterator[Finding]:
    """What the front page tells people to type or to open is there."""
    page = Path("README.md")
    if not (tree.root / page).is_file():
        yield Finding(page, 1, "there is no README.md")
        return
    verbs = _verbs(tree)
    for number, line in enumerate(tree.text(page).splitlines(), start=1):
        for verb in re.findall(r"scripts/psa +([a-z][a-z-]*)", line):
            if verb not in verbs:
                yield Finding(page, number, f"`scripts/psa {verb}` is no command")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", line):
            if "://" not in target and not target.startswith("mailto:") and not (tree.root / target).exists():
                yield Finding(page, number, f"the link to {target} leads nowhere")


def _verbs(tree: Tree) -> set[str]:
    """The verbs of the command line: strings and functions by that name in scripts/psa_cli."""
    names = set()
    for path in tree.files("scripts", {".py"}):
        names.add(path.stem)
        for node in ast.walk(ast.parse(tree.text(path))):
            if isinstance(node, ast.FunctionDef):
                names.add(node.name)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
    return {name.replace("_", "-") for name in names}


def files_stay_readable(tree: Tree) -> Iterator[Finding]:
    """A file ends where its idea ends. No idea takes so many lines that this wall would cut it."""
    for file in tree.python:
        if len(file.lines) > HARD_LIMIT:
            yield Finding(file.path, HARD_LIMIT, f"{len(file.lines)} lines; find the second idea and give it a file")


RULES = [manifests_are_complete, data_files_are_loaded, readme_commands_exist, files_stay_readable]
