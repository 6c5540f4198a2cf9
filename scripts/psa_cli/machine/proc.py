"""Running other programs: output to a log, where it is shown on the way, and one sentence when it fails."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .. import ui
from ..errors import PsaError

# A line of output that says where the program is, as text for the progress display; None for any other line.
Reader = Callable[[str], str | None]

PATIENCE = 30.0  # seconds that a program has for its end

_running: set[subprocess.Popen] = set()


def run(
    title: str,
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    read: Reader = lambda line: None,
    advice: str = "then try again",
) -> None:
    """Run a program to its end. When it fails, the error says where to look."""
    with ui.step(title) as update:
        code = execute(command, log, update, env=env, stdin=stdin, read=read)
        if code:
            raise PsaError(f"{title} failed (exit code {code}); read {log} for the reason, {advice}")


def execute(
    command: Sequence[str | Path],
    log: Path,
    update: ui.Update,
    *,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    read: Reader = lambda line: None,
) -> int:
    """Run a program to its end with its output in `log`; its exit code."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        _running.add(process)
        try:
            if stdin is not None:
                # From another thread: a program that writes before it reads would wait for us for ever.
                threading.Thread(target=_feed, args=(process, stdin), daemon=True).start()
            for line in process.stdout or ():
                output.write(line)
                output.flush()
                if detail := read(line):
                    update(detail)
            return process.wait()
        finally:
            stop(process)
            _running.discard(process)


def _feed(process: subprocess.Popen, text: str) -> None:
    assert process.stdin
    with process.stdin:
        process.stdin.write(text)


def stop(process: subprocess.Popen) -> None:
    """End a program that leads its own session, and what it started: politely, then not."""
    _ask_to_end(process)
    _see_to_the_end(process)


def stop_all() -> None:
    """End what other threads are running: an interrupt reaches the main thread alone. All of it ends at once."""
    ending = list(_running)
    for process in ending:
        _ask_to_end(process)
    for process in ending:
        _see_to_the_end(process)


def _ask_to_end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)


def _see_to_the_end(process: subprocess.Popen) -> None:
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def which(*names: str) -> str | None:
    """The first of these programs that is on the path."""
    return next((found for name in names if (found := shutil.which(name))), None)
