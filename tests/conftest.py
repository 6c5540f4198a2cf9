"""Fixtures for tests from outside: a running suite of each series, with demo data and a database of its own.

    def test_ticket_is_made(instance): ...             instance: a dict, as .local/instance.json
    def test_survives(server): server.kill9()          server: psa_cli.odoo.live.LiveServer
    def test_workers_agree(forking_server): ...        the same, serving by several processes
    def test_nodes_agree(server_pair): ...             two servers on one database, and a door in front of them
    def test_key_is_good(server, wire): ...            wire: psa_cli.wire.wire.Wire that logs each person in once a run
    def test_storm(server, full_size): ...             full_size: whether the proof runs at its full size

`scripts/psa test` runs the tests that need no server once, and the others once for each series. There a proof keeps
to a small size; `scripts/psa prove` runs the same tests with `--full-size`. A test that is marked `heavy` runs on one
series a run, which `--heavy-series` names. One that is marked `full_size` is left to the proofs.
"""

import signal
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from psa_cli.core import core
from psa_cli.odoo import live
from psa_cli.odoo.server import OdooServer
from psa_cli.wire import wire

from .deployment.tcp_door import Door

SERVER_FIXTURES = {"instance", "server", "series"}
WORKERS = 3


def pytest_addoption(parser):
    parser.addoption("--series", action="append", choices=core.SERIES, help="Odoo series to test against; repeatable")
    parser.addoption(
        "--server-tests",
        choices=("all", "only", "none"),
        default="all",
        help="whether to run the tests that need a running suite",
    )
    parser.addoption(
        "--full-size", action="store_true", help="run storms, kills and random requests at their full size"
    )
    parser.addoption(
        "--heavy-series",
        choices=(*core.SERIES, "both"),
        default="both",
        help="the series whose run has the tests that are marked heavy",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "heavy: so slow that it runs on one series a run, which --heavy-series names")
    config.addinivalue_line("markers", "full_size: so slow that it runs with --full-size alone")
    # Ended by `scripts/psa test`, the run must still stop its servers and drop its databases.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_generate_tests(metafunc):
    if "series" in metafunc.fixturenames:
        names = metafunc.config.getoption("--series") or core.for_tests()
        metafunc.parametrize("series", names, scope="session")


def pytest_collection_modifyitems(config, items):
    wanted, heavy = config.getoption("--server-tests"), config.getoption("--heavy-series")
    full_size = config.getoption("--full-size")
    chosen = [
        item
        for item in items
        if _is_wanted(item, wanted)
        and _is_on_its_series(item, heavy)
        and (full_size or not item.get_closest_marker("full_size"))
    ]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    # One after the other, so that the server changes from threads to processes once, and from one node to two.
    items[:] = sorted(chosen, key=_rank_server)


def _is_wanted(item, wanted):
    needs_server = bool(SERVER_FIXTURES.intersection(item.fixturenames))
    return wanted == "all" or needs_server == (wanted == "only")


def _is_on_its_series(item, heavy):
    return heavy == "both" or not item.get_closest_marker("heavy") or _read_parameter(item, "series", heavy) == heavy


def _rank_server(item):
    is_forking = "forking_server" in item.fixturenames or _read_parameter(item, "either_server", 0)
    return ("server_pair" in item.fixturenames, bool(is_forking))


def _read_parameter(item, name, default):
    return item.callspec.params.get(name, default) if hasattr(item, "callspec") else default


@pytest.fixture(scope="session")
def full_size(request) -> bool:
    """Whether this is a proof: otherwise storms, kills and random requests are as few as show that they work."""
    return request.config.getoption("--full-size")


@pytest.fixture(scope="session")
def _live_server(series):
    with live.serve(series) as running:
        yield running


@dataclass(frozen=True)
class ServerPair:
    """Two servers on one database; new connections to the door go to one and the other in turn."""

    server: live.LiveServer
    nodes: tuple[OdooServer, OdooServer]
    door: Door

    def is_running(self) -> bool:
        return all(node.process and node.process.poll() is None for node in self.nodes)


class Serving:
    """The running suite, started anew only for a test that wants it otherwise, and after a kill."""

    def __init__(self, server: live.LiveServer) -> None:
        self._server = server
        self._workers = 0
        self._pair: ServerPair | None = None
        self._end_of_pair = ExitStack()

    def ensure(self, workers: int) -> live.LiveServer:
        self.end_pair()
        if workers != self._workers and self._server.is_running():
            # An orderly end takes up to twenty seconds with workers, and nobody needs it here.
            self._server.kill9()
        if not self._server.is_running():
            self._server.restart(workers)
        self._workers = workers
        return self._server

    def ensure_pair(self) -> ServerPair:
        if self._pair is None or not self._pair.is_running():
            self.end_pair()
            if self._workers and self._server.is_running():
                self._server.kill9()
            door = self._end_of_pair.enter_context(closing(Door()))
            nodes = self._end_of_pair.enter_context(self._server.two_nodes(door.port))
            door.ports += [node.port for node in nodes]
            self._pair = ServerPair(self._server, nodes, door)
            self._workers = 0
        return self._pair

    def end_pair(self) -> None:
        self._pair = None
        self._end_of_pair.close()


@pytest.fixture(scope="session")
def _serving(_live_server):
    serving = Serving(_live_server)
    yield serving
    serving.end_pair()


@pytest.fixture
def server(_serving):
    """The running suite, to be stopped, killed and looked into. It runs again before the next test."""
    return _serving.ensure(0)


@pytest.fixture
def forking_server(_serving):
    """As in production: a process that only looks after its workers. They may be killed, it may not."""
    return _serving.ensure(WORKERS)


@pytest.fixture(params=[0, WORKERS], ids=["threads", "workers"])
def either_server(_serving, request):
    """The test runs with both: once served by the threads of one process, once by several processes."""
    return _serving.ensure(request.param)


@pytest.fixture
def server_pair(_serving):
    """Both run again before the next test."""
    return _serving.ensure_pair()


@pytest.fixture
def instance(server):
    """Where the running suite is and how to get in: the content of .local/instance.json."""
    return server.instance


class SharedWire(wire.Wire):
    """Logs each person in once: to check a password takes the server long, on purpose."""

    def __init__(self, instance: dict) -> None:
        super().__init__(instance)
        self._people: dict[str, wire.Person] = {}

    def person(self, role: str) -> wire.Person:
        if role not in self._people:
            self._people[role] = super().person(role)
        return self._people[role]


@pytest.fixture(scope="session", name="wire")
def shared_wire(_live_server):
    """All the ways into the running suite. Whether it runs, `server`, `instance` or `forking_server` see to."""
    return SharedWire(_live_server.instance)


@pytest.fixture
def own_machine(tmp_path, monkeypatch):
    """For tests of the command line: no cache, no server and no core of the machine they run on."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("ODOO_SRC", "DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
