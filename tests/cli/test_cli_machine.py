"""What the command line finds on the machine and in addons/: database server, programs, modules."""

import pytest
from psa_cli.core import core, suite, venv
from psa_cli.database import database, private_cluster
from psa_cli.errors import PsaError
from psa_cli.machine import proc, system

pytestmark = pytest.mark.usefixtures("own_machine")


# --- the database server ---


def test_named_server_is_read_from_url():
    found = database.named_server({"DATABASE_URL": "postgresql://psa:secret@db.example:5433/x?sslmode=require"})
    assert (found.host, found.port, found.user, found.sslmode) == ("db.example", 5433, "psa", "require")
    assert "secret" not in repr(found)


def test_named_server_is_read_from_pg_variables():
    found = database.named_server({"PGHOST": "/run/pg", "PGUSER": "psa"})
    assert (found.host, found.port, found.user) == ("/run/pg", 5432, "psa")


def test_without_a_name_there_is_no_named_server():
    assert database.named_server({"PGUSER": "psa"}) is None


@pytest.mark.parametrize(
    "env", [{"PGHOST": "db", "PGUSER": "postgres"}, {"DATABASE_URL": "postgresql://postgres@db/postgres"}]
)
def test_role_postgres_is_refused(env):
    with pytest.raises(PsaError, match="role postgres"):
        database.named_server(env)


def test_server_that_is_not_there_is_one_sentence():
    with pytest.raises(PsaError, match="does not let psa in"):
        database.check_named(database.Server("127.0.0.1", 9, "psa"))


def test_long_socket_path_is_put_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(private_cluster.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(private_cluster, "LOCAL", tmp_path / ("x" * 100) / ".local")
    cluster = private_cluster.PrivateCluster()
    assert len(str(cluster.sockets / ".s.PGSQL.5432")) <= private_cluster.SOCKET_LIMIT
    assert cluster.data.parent == cluster.base


def test_private_cluster_has_no_tcp_port():
    assert private_cluster.SETTINGS["listen_addresses"] == "''"


# --- programs of the system ---


def need(state):
    return system.Need("frobnicate", "tests", lambda: state["found"])


def test_missing_program_is_installed_by_root_on_debian(monkeypatch):
    state = {"found": None}
    monkeypatch.setattr(system, "may_install", lambda: True)
    monkeypatch.setattr(system, "_install", lambda packages: state.update(found=packages[0]))
    assert system.ensure(need(state)) == []
    assert state["found"] == "frobnicate"


def test_missing_program_is_named_where_it_may_not_be_installed(monkeypatch):
    monkeypatch.setattr(system, "may_install", lambda: False)
    missing = system.ensure(need({"found": None}))
    assert [each.package for each in missing] == ["frobnicate"]
    monkeypatch.setattr(system, "which", lambda *names: "/usr/bin/apt-get")
    assert system.advice(missing) == "sudo apt-get install frobnicate"


def test_failed_installation_is_said_and_judged_by_the_caller(monkeypatch, capsys):
    def fail(*_, **__):
        raise PsaError("apt-get has no network")

    monkeypatch.setattr(system, "may_install", lambda: True)
    monkeypatch.setattr(proc, "run", fail)
    assert [each.package for each in system.ensure(need({"found": None}))] == ["frobnicate"]
    assert "no network" in capsys.readouterr().out


# --- the suite's modules ---


@pytest.fixture
def addons(tmp_path):
    for name, depends in (
        ("x_base", ["mail", "queue_job"]),
        ("x_more", ["x_base", "contract"]),
        ("x_more_demo", ["x_more"]),
    ):
        (tmp_path / name / "tests").mkdir(parents=True)
        (tmp_path / name / "__manifest__.py").write_text(repr({"name": name, "depends": depends}))
    return tmp_path


def test_l1_is_what_the_suite_does_not_bring(addons):
    assert suite.l1_modules(addons) == ["contract", "mail", "queue_job"]
    assert suite.modules(addons) == ["x_base", "x_more"]
    assert suite.demo_modules(addons) == ["x_more_demo"]


def test_fingerprint_changes_with_content_and_not_with_tests(addons):
    before = suite.fingerprint(["x_base"], addons)
    (addons / "x_base/tests/test_x.py").write_text("x")
    assert suite.fingerprint(["x_base"], addons) == before
    (addons / "x_base/models.py").write_text("x")
    assert suite.fingerprint(["x_base"], addons) != before


@pytest.mark.parametrize("pinned", core.SERIES)
def test_every_package_is_pinned(pinned):
    lines = [line for line in venv.pins(pinned).read_text().splitlines() if line and not line.startswith("#")]
    assert lines
    assert all("==" in line and "*" not in line for line in lines)
    assert all(f"=={pinned}." in line for line in lines if line.startswith("odoo-addon-"))
