"""Databases and servers of test runs: named by the process that owns them, so that those of a dead one can be found."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..paths import checkout_id, local
from . import server, templates
from .runtime import Runtime

PREFIX = f"psa_run_{checkout_id()[:4]}_"


def name(runtime: Runtime, purpose: str) -> str:
    return f"{PREFIX}{os.getpid()}_{runtime.series.replace('.', '_')}_{purpose}"


@contextmanager
def database(runtime: Runtime, layer: str, purpose: str) -> Iterator[str]:
    """A copy of a template for the time of a test run."""
    copy = name(runtime, purpose)
    templates.make(runtime, layer, copy)
    try:
        yield copy
    finally:
        remove(runtime, copy)


def remove(runtime: Runtime, database_name: str) -> None:
    """Drop a copy, with the servers that serve it and their configuration."""
    for claim in local("run").glob(f"{database_name}*"):
        pid = int(claim.read_text())
        if server.is_odoo(pid):
            server.end(pid)
        claim.unlink()
    templates.drop(runtime, database_name)
    for conf in local("conf", mode=0o700).glob(f"{runtime.series}-{database_name}*.conf"):
        conf.unlink()


def claim(database_name: str, pid: int, node: str = "") -> None:
    """Note which server serves a copy, for whoever has to clean up."""
    (local("run") / f"{database_name}{node}").write_text(str(pid))


def remove_left_over(runtime: Runtime) -> None:
    """Drop what runs left behind that were killed."""
    for found in runtime.database.databases(PREFIX):
        owner = found.removeprefix(PREFIX).split("_")[0]
        of_series = runtime.series.replace(".", "_") in found
        if of_series and owner.isdigit() and not server.is_alive(int(owner)):
            remove(runtime, found)
