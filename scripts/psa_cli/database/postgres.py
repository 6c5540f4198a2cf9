"""The database server: the one that the environment names, else the private cluster, for as long as someone uses it."""

from pathlib import Path

from ..machine import locks
from ..paths import local
from .database import Server, check_named, named_server
from .private_cluster import PrivateCluster


class Cluster:
    """The server for the time of a command, which keeps a claim on it. The last one to leave switches it off."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self.lease: locks.Lease | None = None
        self.private: PrivateCluster | None = None

    def __enter__(self) -> Server:
        self.server = named_server()
        if self.server:
            check_named(self.server)
        else:
            self.private = PrivateCluster()
            self.lease = locks.Lease(_lease_path())
            try:
                self.server = self.private.start()
            except BaseException:
                self.lease.release()
                raise
        return self.server

    def __exit__(self, *_: object) -> None:
        if self.lease and self.private:
            with locks.lock(local("lock") / "postgres"):
                if self.lease.is_last():
                    self.private.stop()
                self.lease.release()


def lease_for_child() -> locks.Lease | None:
    """A claim to hand on to a server that outlives this command; none is needed for a server that is not ours."""
    return None if named_server() else locks.Lease(_lease_path())


def _lease_path() -> Path:
    return local("lock") / "postgres-users"
