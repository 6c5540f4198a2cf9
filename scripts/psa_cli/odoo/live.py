"""A whole running suite for tests from outside: a fresh copy of the demo database on a port of its own.

tests/conftest.py wraps it in fixtures.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg

from ..core import core
from ..database.postgres import Cluster
from ..paths import log_file
from . import instance, scratch, server
from .runtime import Runtime, prepare

PART = "PSA_TEST_PART"


class LiveServer:
    """A server that a test may treat badly."""

    def __init__(self, runtime: Runtime, database: str, purpose: str):
        self.runtime = runtime
        self.database = database
        self._purpose = purpose
        self._issued = instance.issue_credentials(runtime, database)
        log = log_file(f"test-{runtime.series}-{purpose}-odoo")
        log.unlink(missing_ok=True)
        self._odoo = server.OdooServer(runtime, database, server.free_port(), log=log)
        self.restart()

    @property
    def series(self) -> str:
        return self.runtime.series

    @property
    def instance(self) -> dict[str, Any]:
        """As .local/instance.json of `up` would be; the pid changes with each restart."""
        return instance.describe(self._odoo, self._issued)

    @property
    def log(self) -> str:
        return self._odoo.log.read_text(errors="replace")

    def is_running(self) -> bool:
        return self._odoo.process is not None and self._odoo.process.poll() is None

    def kill9(self) -> None:
        """End it at once, as a power cut would."""
        self._odoo.kill()

    def stop(self) -> None:
        self._odoo.stop()

    def restart(self, workers: int = 0) -> None:
        """Serving again when it returns, at the same address and with the same logins; 0 workers are threads."""
        if self.is_running():
            self.stop()
        self._odoo.workers = workers
        self._odoo.start(on_started=partial(scratch.claim, self.database))

    @contextmanager
    def two_nodes(self, door: int) -> Iterator[tuple[server.OdooServer, server.OdooServer]]:
        """A second process serves the same database. What is in front of both listens on the port `door`.

        Whichever of them runs the jobs asks for them there, as in the scale profile of docker-compose.yml.
        """
        jobs = {"ODOO_QUEUE_JOB_HOST": "127.0.0.1", "ODOO_QUEUE_JOB_PORT": str(door)}
        second = server.OdooServer(
            self.runtime,
            self.database,
            server.free_port(),
            log=log_file(f"test-{self.series}-{self._purpose}-odoo-second"),
            environment=jobs,
            conf_name=f"{self.series}-{self.database}-second",
        )
        self._odoo.environment = jobs
        try:
            self.restart()
            second.start(on_started=partial(scratch.claim, self.database, node="-second"))
            yield self._odoo, second
        finally:
            self._odoo.environment = {}
            second.stop()
            self.stop()

    def psql(self, query: str, *parameters: object) -> list[tuple]:
        """Rows from the database itself, past Odoo. Placeholders are %s."""
        return self.runtime.database.query(self.database, query, parameters)

    def connect(self) -> psycopg.Connection:
        """A way into the database that can hold locks: each statement commits by itself unless told otherwise."""
        return self.runtime.database.connect(self.database)


@contextmanager
def serve(series: str, purpose: str = "") -> Iterator[LiveServer]:
    """The suite of a series, for as long as the context lasts. Two at once in one process have two purposes.

    Without a purpose it is for the part of a test run that this process is, so that parts have logs of their own.
    """
    purpose = purpose or os.environ.get(PART, "live")
    with Cluster() as database_server:
        runtime = prepare(core.get(series), database_server)
        with scratch.database(runtime, "demo", purpose) as copy:
            live = LiveServer(runtime, copy, purpose)
            try:
                yield live
            finally:
                live.stop()
