"""Fixtures for tests from outside: a running suite of each series, with demo data and a database of its own.

    def test_ticket_is_made(instance): ...             instance: a dict, as .local/instance.json
    def test_survives(server): server.kill9()          server: psa_cli.odoo.live.LiveServer
    def test_workers_agree(forking_server): ...        the same, serving by several processes
    def test_key_is_good(server, wire): ...            wire: psa_cli.wire.wire.Wire that logs each person in once a run
    def test_storm(server, full_size): ...             full_size: whether the proof runs at its full size

`scripts/psa test` runs the tests that need no server once, and the others once for each series. There a proof keeps
to a small size; `scripts/psa prove` runs the same tests with `--full-size`. A test that is marked `heavy` runs on one
series a run, which `--heavy-series` names.
"""

import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from psa_cli.core import core
from psa_cli.odoo import live
from psa_cli.wire import wire

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
    # Ended by `scripts/psa test`, the run must still stop its servers and drop its databases.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_generate_tests(metafunc):
    if "series" in metafunc.fixturenames:
        names = metafunc.config.getoption("--series") or core.for_tests()
        metafunc.parametrize("series", names, scope="session")


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--server-tests")
    heavy = config.getoption("--heavy-series")
    chosen = [item for item in items if _is_wanted(item, wanted) and _is_on_its_series(item, heavy)]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    # One after the other, so that the server changes between threads and processes once.
    items[:] = sorted(chosen, key=_count_workers)


def _is_wanted(item, wanted):
    needs_server = bool(SERVER_FIXTURES.intersection(item.fixturenames))
    return wanted == "all" or needs_server == (wanted == "only")


def _is_on_its_series(item, heavy):
    return heavy == "both" or not item.get_closest_marker("heavy") or _read_parameter(item, "series", heavy) == heavy


def _count_workers(item):
    return WORKERS if "forking_server" in item.fixturenames else _read_parameter(item, "either_server", 0)


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


class Serving:
    """The running suite, started anew only for a test that wants another number of workers or after a kill."""

    def __init__(self, server: live.LiveServer) -> None:
        self._server = server
        self._workers = 0

    def ensure(self, workers: int) -> live.LiveServer:
        if workers != self._workers or not self._server.is_running():
            self._server.restart(workers)
        self._workers = workers
        return self._server


@pytest.fixture(scope="session")
def _serving(_live_server):
    return Serving(_live_server)


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
def instance(server):
    """Where the running suite is and how to get in: the content of .local/instance.json."""
    return server.instance


class SharedWire(wire.Wire):
    """Logs each person in once: a password takes the server as long to check as ten requests take to answer."""

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
