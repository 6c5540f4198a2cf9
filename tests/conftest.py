"""Fixtures for tests from outside: a running suite of each series, with demo data and a database of its own.

    def test_ticket_is_made(instance): ...      instance: a dict, as .local/instance.json
    def test_survives(server): server.kill9()   server: psa_cli.live.LiveServer

`scripts/psa test` runs the tests that use neither once, and the others once for each series.
"""

import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from psa_cli.core import core
from psa_cli.odoo import live

SERVER_FIXTURES = {"instance", "server", "series"}


def pytest_addoption(parser):
    parser.addoption("--series", action="append", choices=core.SERIES, help="Odoo series to test against; repeatable")
    parser.addoption(
        "--server-tests",
        choices=("all", "only", "none"),
        default="all",
        help="whether to run the tests that need a running suite",
    )


def pytest_configure(config):
    # Ended by `scripts/psa test`, the run must still stop its servers and drop its databases.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_generate_tests(metafunc):
    if "series" in metafunc.fixturenames:
        names = metafunc.config.getoption("--series") or core.for_tests()
        metafunc.parametrize("series", names, scope="session")


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--server-tests")
    if wanted == "all":
        return
    chosen = [item for item in items if bool(SERVER_FIXTURES.intersection(item.fixturenames)) == (wanted == "only")]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.fixture(scope="session")
def _live_server(series):
    with live.serve(series) as running:
        yield running


@pytest.fixture
def server(_live_server):
    """The running suite, to be stopped, killed and looked into. It runs again before the next test."""
    if not _live_server.is_running():
        _live_server.restart()
    return _live_server


@pytest.fixture
def instance(server):
    """Where the running suite is and how to get in: the content of .local/instance.json."""
    return server.instance


@pytest.fixture
def own_machine(tmp_path, monkeypatch):
    """For tests of the command line: no cache, no server and no core of the machine they run on."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("ODOO_SRC", "DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
