"""What a server holds on to: memory of its processes, and connections to its database."""

from collections.abc import Iterator
from pathlib import Path

from ..errors import PsaError
from ..odoo.live import LiveServer

PROC = Path("/proc")


class Watch:
    def __init__(self, server: LiveServer) -> None:
        self.server = server
        if not (PROC / "self" / "smaps_rollup").exists():
            raise PsaError("the memory of processes cannot be read here; run it on Linux")

    def read_memory(self) -> float:
        """Megabytes of the server and its workers; what they share is counted once."""
        return sum(self._read_shares()) / 1000

    def count_connections(self) -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        [(number,)] = self.server.psql(query)
        return number

    def _read_shares(self) -> Iterator[int]:
        """Kilobytes of each process: the server leads a session of its own."""
        leader = self.server.instance["pid"]
        for folder in PROC.iterdir():
            if folder.name.isdigit():
                try:
                    session = (folder / "stat").read_text().rpartition(")")[2].split()[3]
                    if int(session) == leader:
                        rollup = (folder / "smaps_rollup").read_text()
                        yield next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
                except OSError:
                    continue
