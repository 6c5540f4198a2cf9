"""Holding rows or tables, so that the server stands still at a known point until the test has done its work."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psa_cli.odoo.live import LiveServer
from psa_cli.wire.wire import wait_for

RUNNER_LOCK = 2293787760715711918  # of queue_job: whoever has it runs the jobs of the database


@dataclass(frozen=True)
class Hold:
    """A transaction of the test's own. What it has locked, others wait for until the block that holds it ends."""

    server: LiveServer
    connection: psycopg.Connection

    def execute(self, query: str, *parameters: object) -> None:
        self.connection.execute(query, parameters)  # type: ignore[arg-type]

    def wait_for_victim(self, doing: str, seconds: float = 60) -> str:
        """The statement that waits for us and matches this regular expression."""
        query = "SELECT query FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid)) AND query ~* %s"
        ours = self.connection.info.backend_pid
        waiting = wait_for(lambda: self.server.psql(query, ours, doing), seconds, interval=0.05)
        assert waiting, f"nothing came to wait for us with {doing}"
        return waiting[0][0]


@contextmanager
def hold(server: LiveServer, query: str, *parameters: object) -> Iterator[Hold]:
    """What the statement locks or changes is ours until the block ends; then it is committed."""
    with server.connect() as connection, connection.transaction():
        held = Hold(server, connection)
        held.execute(query, *parameters)
        yield held


def find_job_runner(server: LiveServer) -> int | None:
    """The process that runs the jobs of the database, of all that could."""
    rows = server.psql(
        """
        SELECT activity.application_name
        FROM pg_locks AS held JOIN pg_stat_activity AS activity ON activity.pid = held.pid
        WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
            AND (held.classid::bigint << 32) + held.objid::bigint = %s
            AND activity.datname = current_database()
        """,
        RUNNER_LOCK,
    )
    return int(rows[0][0].removeprefix("odoo-")) if rows else None
