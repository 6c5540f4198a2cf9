"""What people see: a spinner or bar on a terminal, plain lines everywhere else."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

console = Console(highlight=False, soft_wrap=True)
PLAIN_INTERVAL = 20.0  # seconds between signs of life where there is no terminal

Update = Callable[[str], None]


def say(text: str) -> None:
    """One plain line, written at once: programs wait for some of them, and threads must not mix theirs."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    print(f"psa: {text}", file=sys.stderr, flush=True)


def seconds(start: float) -> str:
    return f"{time.monotonic() - start:.0f} s"


@contextmanager
def quiet_step(title: str) -> Iterator[Update]:
    """A sign of life now and then, for one of several things at once: a terminal has room for one spinner."""
    start = last = time.monotonic()

    def update(detail: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PLAIN_INTERVAL:
            last = time.monotonic()
            say(f"  {title}: {detail} ({seconds(start)})")

    yield update


@contextmanager
def step(title: str) -> Iterator[Update]:
    """A long piece of work: yields a function that tells where it is; ends with the time it took."""
    start = time.monotonic()
    if console.is_terminal and threading.current_thread() is threading.main_thread():
        with console.status(title) as status:
            yield lambda detail: status.update(f"{title}: {detail}")
    else:
        say(f"{title} ...")
        with quiet_step(title) as update:
            yield update
    say(f"{title}: done ({seconds(start)})")


@contextmanager
def download_bar(name: str, size: int) -> Iterator[Callable[[int], None]]:
    """Progress of a download: yields a function that takes the number of bytes there are by now."""
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(name, total=size)
            yield lambda there: bar.update(task, completed=there)
        return
    shown = 0

    def update(there: int) -> None:
        nonlocal shown
        tenth = there * 10 // size if size else 10
        if tenth > shown and size > 10_000_000:
            shown = tenth
            say(f"  {name}: {tenth * 10} %")

    yield update
