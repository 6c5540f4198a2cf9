"""`scripts/psa lint`: ruff, pylint-odoo and prettier over the tree, the same for a person, a commit hook and the tests.

The checkers live in an environment of their own below `.local/`, because their dependencies must not meet those of the
command line or of Odoo. Node comes as a Python wheel, so that a machine without it can check the XML too.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config" / "lint"
VENV = ROOT / ".local" / "venv-lint"
NODE = ROOT / ".local" / "lint"
PRETTIER_TYPES = {".xml", ".js", ".scss"}


class LintSetupError(Exception):
    """The checkers could not be installed; the message says what to do."""


@dataclass(frozen=True)
class Tool:
    """A checker: which files it wants, the commands to check them, and how to get it onto the machine."""

    wants: Callable[[Path], bool]
    commands: Callable[[bool], list[list[str]]]
    prepare: Callable[[], None]


def run(tools: list[str] | None = None, fix: bool = False) -> int:
    """Run the named checkers, or all, and print one line for each; 0 when all are clean, else 1."""
    unknown = set(tools or ()) - set(TOOLS)
    if unknown:
        raise ValueError(f"No such checker: {', '.join(sorted(unknown))}. Choose from {', '.join(TOOLS)}.")
    files = list(source_files())
    try:
        failed = [name for name in tools or TOOLS if not _run_tool(name, files, fix)]
    except LintSetupError as error:
        print(f"lint: {error}", file=sys.stderr)
        return 1
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
        if not any(part in {".git", ".local", "node_modules"} for part in name.parts) and (root / name).is_file():
            yield name


def _run_tool(name: str, files: list[Path], fix: bool) -> bool:
    tool = TOOLS[name]
    wanted = [str(path) for path in files if tool.wants(path)]
    if not wanted:
        print(f"{name:<9} nothing to check")
        return True
    with _only_one_setup():
        tool.prepare()
    started = time.monotonic()
    reports = [_report(command, wanted) for command in tool.commands(fix)]
    problems = [report for report in reports if report is not None]
    verdict = "problems" if problems else "clean"
    print(f"{name:<9} {verdict} ({len(wanted)} files, {time.monotonic() - started:.1f} s)", flush=True)
    for report in problems:
        print(report, flush=True)
    return not problems


def _report(command: list[str], files: list[str]) -> str | None:
    """What the checker says, or None when it has nothing to say."""
    done = subprocess.run([*command, *files], cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return (done.stdout + done.stderr).strip() or f"{command[0]} ended with {done.returncode}"


def _environment() -> dict[str, str]:
    """The caller's environment without a Python path, whose packages would shadow the checkers' own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment["PATH"] = os.pathsep.join([str(VENV / "bin"), environment.get("PATH", os.defpath)])
    environment["PYLINTHOME"] = str(NODE / "pylint")
    environment["RUFF_CACHE_DIR"] = str(NODE / "ruff")
    return environment


@contextmanager
def _only_one_setup() -> Iterator[None]:
    """Two runs at once share one environment: the second waits until the first has made it."""
    NODE.mkdir(parents=True, exist_ok=True)
    with (NODE / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare_python() -> None:
    pins = CONFIG / "requirements.txt"
    stamp = VENV / "stamp"
    state = _digest(sys.version, pins.read_text())
    if _is_current(stamp, state):
        return
    print("lint      installing the checkers (once, about 30 s)", flush=True)
    # Debian's Python has no ensurepip: the running pip fills the new environment from outside.
    _setup([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], "make the checkers' environment")
    _setup(
        [sys.executable, "-m", "pip", "--quiet", "--python", str(VENV / "bin" / "python"), "install", "-r", str(pins)],
        "install the checkers from PyPI",
    )
    stamp.write_text(state)


def _prepare_node() -> None:
    _prepare_python()
    sources = [CONFIG / "package.json", CONFIG / "package-lock.json"]
    stamp = NODE / "stamp"
    state = _digest(*(path.read_text() for path in sources))
    if _is_current(stamp, state):
        return
    for path in sources:
        (NODE / path.name).write_bytes(path.read_bytes())
    _setup(
        [
            str(VENV / "bin" / "npm"),
            "ci",
            "--silent",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(NODE),
        ],
        "install prettier from the npm registry",
    )
    stamp.write_text(state)


def _setup(command: list[str], what: str) -> None:
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise LintSetupError(f"could not {what}: {lines[-1]} Check the network connection and run it again.")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_current(stamp: Path, state: str) -> bool:
    return stamp.is_file() and stamp.read_text() == state


def _is_python(path: Path) -> bool:
    return path.suffix == ".py"


def _is_addon_python(path: Path) -> bool:
    return _is_python(path) and path.parts[0] == "addons"


def _is_addon_markup(path: Path) -> bool:
    return path.parts[0] == "addons" and path.suffix in PRETTIER_TYPES and "lib" not in path.parts


def _ruff(fix: bool) -> list[list[str]]:
    check = ["ruff", "check", "--quiet", "--output-format=concise"]
    layout = ["ruff", "format", "--quiet"]
    return [[*check, "--fix"], layout] if fix else [check, [*layout, "--diff"]]


def _pylint(_fix: bool) -> list[list[str]]:
    return [["pylint", "--rcfile=.pylintrc"]]


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


TOOLS = {
    "ruff": Tool(_is_python, _ruff, _prepare_python),
    "pylint": Tool(_is_addon_python, _pylint, _prepare_python),
    "prettier": Tool(_is_addon_markup, _prettier, _prepare_node),
}
