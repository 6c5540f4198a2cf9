"""L1 as it was installed once, kept in the cache: the next checkout of this machine restores it in seconds.

Only for the private cluster, whose programs are at hand. What cannot be restored is installed, and replaces what was
kept.
"""

import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from .. import ui
from ..machine import locks, proc, unused
from ..paths import cache, cache_dir, local, log_file
from .runtime import Runtime

FOLDER = "templates"
DUMP, FILES = "database.dump", "filestore.tar"


class Failed(Exception):
    """A program of PostgreSQL did not do what it was asked for."""


@contextmanager
def alone(runtime: Runtime, template: str) -> Iterator[None]:
    """Held while a template is restored, or installed and kept: another checkout waits, and then restores it."""
    if not runtime.database.programs:
        yield
        return
    with locks.lock(cache(FOLDER) / f"{_folder(runtime, template).name}.lock"):
        yield


def restore(runtime: Runtime, template: str, name: str) -> bool:
    """Fill an empty database, and its filestore, from what is kept of a template; whether it is whole now."""
    kept = _folder(runtime, template)
    if not runtime.database.programs or not kept.is_dir():
        return False
    unused.mark_used(kept)
    try:
        with ui.step(f"Restoring Odoo {runtime.series} with its OCA addons from the cache"):
            _restore(runtime, runtime.database.programs, kept, name)
    except (Failed, OSError, psycopg.Error, tarfile.TarError) as error:
        ui.say(f"It cannot be restored ({error}), so it is installed")
        return False
    return True


def _restore(runtime: Runtime, programs: Path, kept: Path, name: str) -> None:
    # Extensions are made with the database, by its owner.
    listing = _execute(runtime, [programs / "pg_restore", "--list", kept / DUMP], "list")
    chosen = local("log") / f"restore-{name}.list"
    chosen.write_text("".join(line for line in listing.splitlines(keepends=True) if " EXTENSION " not in line))
    options = ("--no-owner", "--exit-on-error", "--jobs=2", f"--use-list={chosen}", f"--dbname={name}")
    _execute(runtime, [programs / "pg_restore", *_login(runtime), *options, kept / DUMP], "restore")
    chosen.unlink()
    runtime.database.query(name, "ANALYZE")
    with tarfile.open(kept / FILES) as archive:
        archive.extractall(runtime.filestore(name), filter="data")


def keep(runtime: Runtime, template: str, name: str) -> None:
    """Keep a database with its filestore for a template, and drop what nobody has used for long."""
    if not (programs := runtime.database.programs):
        return
    target = _folder(runtime, template)
    draft = target.with_name(f"{target.name}.draft")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        # The dump has the database's secret, so only its owner may enter.
        draft.mkdir(parents=True, mode=0o700)
        options = ("--format=custom", "--compress=1", f"--file={draft / DUMP}")
        _execute(runtime, [programs / "pg_dump", *_login(runtime), *options, name], "dump")
        with tarfile.open(draft / FILES, "w") as archive:
            archive.add(runtime.filestore(name), arcname=".")
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    except (Failed, OSError) as error:
        shutil.rmtree(draft, ignore_errors=True)
        ui.say(f"What was installed cannot be kept for other checkouts ({error}); it is used here all the same")
    unused.drop(target.parent)


def _folder(runtime: Runtime, template: str) -> Path:
    """Named by the template's fingerprint, and by the version that can read the dump."""
    return cache_dir() / FOLDER / f"{template}-pg{runtime.database.version()}"


def _login(runtime: Runtime) -> tuple[str, ...]:
    database = runtime.database
    return (f"--host={database.host}", f"--port={database.port}", f"--username={database.user}")


def _execute(runtime: Runtime, command: list[str | Path], what: str) -> str:
    log = log_file(f"kept-{runtime.series}-{what}")
    if proc.execute(command, log, lambda _detail: None):
        raise Failed(f"see {log}")
    return log.read_text()
