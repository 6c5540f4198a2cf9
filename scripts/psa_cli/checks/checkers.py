"""The checkers of config/lint over the tree, the same for a person, a commit hook and the tests.

They live in an environment of their own, because their dependencies must not meet those of the command line or of Odoo.
Node comes as a Python wheel, so that a machine without it can check the XML too.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import ui
from ..errors import WrongUsage
from ..machine import fingerprint, locks, proc
from ..machine.environments import Environment
from ..paths import LOCAL, ROOT, local, log_file

CONFIG = ROOT / "config" / "lint"
PYTHON = Environment("lint", CONFIG / "requirements.txt")
NODE = LOCAL / "lint"
PRETTIER_TYPES = {".xml", ".js", ".scss"}


@dataclass(frozen=True)
class Tool:
    """A checker: which files it wants, the commands that check or mend them, and how to get it onto the machine."""

    wants: Callable[[Path], bool]
    commands: Callable[[bool], list[list[str]]]
    prepare: Callable[[], None]


def run(tools: Sequence[str] = (), fix: bool = False) -> int:
    """Run the named checkers, or all, and print one line for each; 0 when all are clean, else 1."""
    if unknown := set(tools) - set(TOOLS):
        raise WrongUsage(f"there is no checker {', '.join(sorted(unknown))}; choose from {', '.join(TOOLS)}")
    files = list(source_files())
    failed = [name for name in tools or TOOLS if not _is_clean(name, files, fix)]
    return 1 if failed else 0


def source_files(root: Path = ROOT) -> Iterator[Path]:
    """The files a commit could hold, relative to `root`: tracked ones and new ones that are not ignored."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        names = [Path(os.fsdecode(name)) for name in listing.stdout.split(b"\0") if name]
    else:  # a source archive, not a checkout
        names = [path.relative_to(root) for path in root.rglob("*")]
    for name in sorted(set(names)):
        if not {".git", ".local", "node_modules"} & set(name.parts) and (root / name).is_file():
            yield name


def _is_clean(name: str, files: list[Path], fix: bool) -> bool:
    tool = TOOLS[name]
    wanted = [str(path) for path in files if tool.wants(path)]
    if not wanted:
        ui.say(f"{name:<12} nothing to check")
        return True
    with locks.lock(local("lock") / "lint"):
        tool.prepare()
    started = time.monotonic()
    problems = [report for command in tool.commands(fix) if (report := _report(command, wanted))]
    verdict = "problems" if problems else "clean"
    ui.say(f"{name:<12} {verdict} ({len(wanted)} files, {time.monotonic() - started:.1f} s)")
    for report in problems:
        ui.say(report)
    return not problems


def _report(command: list[str], files: list[str]) -> str | None:
    """What the checker complains about, or None when it is content."""
    done = subprocess.run([*command, *files], cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return (done.stdout + done.stderr).strip() or f"{command[0]} ended with {done.returncode}"


def _environment() -> dict[str, str]:
    """The caller's environment without a Python path, whose packages would shadow the checkers' own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment["PATH"] = os.pathsep.join([str(PYTHON.bin), environment.get("PATH", os.defpath)])
    environment["PYLINTHOME"] = str(NODE / "pylint")
    environment["RUFF_CACHE_DIR"] = str(NODE / "ruff")
    return environment


def _prepare_python() -> None:
    PYTHON.ensure("Installing the checkers")


def _prepare_node() -> None:
    _prepare_python()
    sources = [CONFIG / "package.json", CONFIG / "package-lock.json"]
    stamp = local("lint") / "stamp"
    state = fingerprint.of(*(path.read_text() for path in sources))
    if _is_current(stamp, state):
        return
    for path in sources:
        (NODE / path.name).write_bytes(path.read_bytes())
    proc.run(
        "Installing prettier",
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", NODE],
        log_file("lint-setup"),
        env=_environment(),
        advice="check the network and try again",
    )
    stamp.write_text(state)


def _is_current(stamp: Path, state: str) -> bool:
    return stamp.is_file() and stamp.read_text() == state


def _is_python(path: Path) -> bool:
    return path.suffix == ".py"


def _is_addon_code(path: Path) -> bool:
    return _is_python(path) and path.parts[0] == "addons" and "tests" not in path.parts


def _is_addon_test(path: Path) -> bool:
    return _is_python(path) and path.parts[0] == "addons" and "tests" in path.parts


def _is_addon_markup(path: Path) -> bool:
    """Ours, not a library that came with an addon."""
    return path.parts[0] == "addons" and path.suffix in PRETTIER_TYPES and "lib" not in path.parts


def _is_compose_file(path: Path) -> bool:
    return path.name == "docker-compose.yml"


def _ruff(fix: bool) -> list[list[str]]:
    check = ["ruff", "check", "--quiet", "--output-format=concise"]
    layout = ["ruff", "format", "--quiet"]
    return [[*check, "--fix"], layout] if fix else [check, [*layout, "--check", "--output-format=concise"]]


def _pylint(_fix: bool) -> list[list[str]]:
    return [["pylint", "--rcfile=.pylintrc"]]


def _pylint_tests(_fix: bool) -> list[list[str]]:
    """What tests say is read by nobody, so it needs no translation; pylint-odoo knows that of a flat folder alone."""
    return [["pylint", "--rcfile=.pylintrc", "--disable=translation-required"]]


def _prettier(fix: bool) -> list[list[str]]:
    modules = NODE / "node_modules"
    return [
        [
            "node",
            str(modules / "prettier" / "bin" / "prettier.cjs"),
            "--config=config/lint/prettier.json",
            f"--plugin={modules / '@prettier' / 'plugin-xml' / 'src' / 'plugin.js'}",
            "--log-level=warn",
            "--write" if fix else "--check",
        ]
    ]


def _compose(_fix: bool) -> list[list[str]]:
    return [["check-jsonschema", "--builtin-schema=vendor.compose-spec"]]


TOOLS = {
    "ruff": Tool(_is_python, _ruff, _prepare_python),
    "pylint": Tool(_is_addon_code, _pylint, _prepare_python),
    "pylint-tests": Tool(_is_addon_test, _pylint_tests, _prepare_python),
    "prettier": Tool(_is_addon_markup, _prettier, _prepare_node),
    "compose": Tool(_is_compose_file, _compose, _prepare_python),
}
