"""The command line: its verbs, how it ends, and how it runs other programs."""

import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue

import click
import pytest
from psa_cli import paths, up
from psa_cli.cli import cli
from psa_cli.errors import PsaError
from psa_cli.machine import locks, proc
from psa_cli.odoo import instance, server

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("own_machine")


def psa(*arguments, **env):
    return subprocess.run(
        [sys.executable, "-m", "psa_cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), **env},
    )


# --- verbs, usage and exit codes ---


def test_verbs_are_those_that_are_built():
    built = {"up", "down", "demo", "test", "prove", "bench", "load", "lint"}
    built |= {"openapi", "roles", "screenshots", "doctor"}
    assert set(cli.commands) == built


@pytest.mark.parametrize("verb", sorted(cli.commands))
def test_every_verb_explains_itself(verb):
    context = click.Context(cli.commands[verb], info_name=verb)
    assert len(cli.commands[verb].get_help(context).splitlines()) > 4


@pytest.mark.parametrize(
    "arguments",
    [
        ("provision",),
        ("up", "--series", "17.0"),
        ("up", "--port", "80"),
        ("up", "--db", "Not A Name"),
        ("test", "no/such/path"),
        ("test", "README-of-nowhere"),
        ("bench", "--only", "no-such-goal"),
    ],
)
def test_wrong_usage_ends_with_2(arguments):
    done = psa(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_failure_is_one_sentence_and_ends_with_1(tmp_path):
    # A checkout of its own: in this one the suite may be running.
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    done = psa("up", "--port", "28069", ODOO_SRC=str(tmp_path), PYTHONPATH=str(tmp_path / "scripts"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "ODOO_SRC" in done.stderr
    assert "unset it" in done.stderr


def test_help_ends_with_0():
    done = psa("--help")
    assert done.returncode == 0
    assert "PSA" in done.stdout


def test_port_of_another_program_is_refused():
    with server.socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not server.port_is_free(port)
    assert server.port_is_free(server.free_port())


# --- locks ---


def test_long_wait_for_a_lock_is_told(tmp_path, monkeypatch):
    told = Queue()
    monkeypatch.setattr(locks, "PATIENCE", 0)
    monkeypatch.setattr(locks.ui, "say", told.put)

    def wait_for_it():
        with locks.lock(tmp_path / "mine"):
            told.put("got it")

    with locks.lock(tmp_path / "mine"):
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        assert "whoever holds mine" in told.get(timeout=30)
    assert told.get(timeout=30) == "got it"
    waiting.join()


def test_lock_keeps_a_second_run_out(tmp_path):
    with locks.lock(tmp_path / "lock"), (tmp_path / "lock").open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (tmp_path / "lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_last_lease_is_told_apart(tmp_path):
    first, second = locks.Lease(tmp_path / "users"), locks.Lease(tmp_path / "users")
    assert not first.is_last()
    second.release()
    assert first.is_last()
    assert first.is_last()
    first.release()


def test_child_keeps_its_lease(tmp_path):
    ours, childs = locks.Lease(tmp_path / "users"), locks.Lease(tmp_path / "users")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(childs.fd,))
    childs.release()
    assert not ours.is_last()
    child.communicate(b"\n")
    assert ours.is_last()
    ours.release()


# --- running programs ---


def test_failed_program_names_its_log(tmp_path):
    with pytest.raises(PsaError, match="exit code 3.*x.log"):
        proc.run("Trying", [sys.executable, "-c", "print('why'); raise SystemExit(3)"], tmp_path / "x.log")
    assert (tmp_path / "x.log").read_text() == "why\n"


def test_program_is_ended_with_what_it_started(tmp_path):
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    grandchild = int(process.stdout.readline())
    proc.stop(process)
    for _ in range(50):
        if not server.is_alive(grandchild):
            break
        threading.Event().wait(0.1)
    assert not server.is_alive(grandchild)


def test_programs_end_together(tmp_path, monkeypatch):
    # Each ends well only when the other has been told, too.
    code = """
import pathlib, signal, sys, time
def told(*_):
    pathlib.Path(sys.argv[1]).touch()
    while not pathlib.Path(sys.argv[2]).exists():
        time.sleep(0.05)
    sys.exit(7)
signal.signal(signal.SIGTERM, told)
print("ready", flush=True)
time.sleep(120)
"""
    names = (("a", "b"), ("b", "a"))
    commands = [[sys.executable, "-c", code, *(str(tmp_path / name) for name in pair)] for pair in names]
    running = [subprocess.Popen(each, stdout=subprocess.PIPE, start_new_session=True) for each in commands]
    for process in running:
        assert process.stdout.readline() == b"ready\n"
    monkeypatch.setattr(proc, "_running", running)
    proc.stop_all()
    assert [process.returncode for process in running] == [7, 7]


def test_only_odoo_counts_as_a_server():
    assert server.is_alive(os.getpid())
    assert not server.is_odoo(os.getpid())


# --- what is kept of an instance ---


def test_private_file_is_for_its_owner_alone(tmp_path):
    paths.write_private(tmp_path / "x.json", "{}")
    assert stat.S_IMODE((tmp_path / "x.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_instance_has_whole_addresses():
    issued = {
        "users": {"admin": {"login": "admin", "password": "x"}},
        "api": {"base": "/psa/api/v1", "key": "k"},
        "webhooks": {"generic": {"url": "/psa/webhook/t", "secret": "whsec_x"}},
    }
    odoo = server.OdooServer(type("Runtime", (), {"series": "18.0"})(), "psa", 8069)
    odoo.process = type("Process", (), {"pid": 42})()
    found = instance.describe(odoo, issued)
    assert found["api"] == {"base": "http://127.0.0.1:8069/psa/api/v1", "key": "k"}
    assert found["webhooks"]["generic"]["url"] == "http://127.0.0.1:8069/psa/webhook/t"
    assert (found["series"], found["db"], found["pid"]) == ("18.0", "psa", 42)


def test_dead_instance_is_not_running(tmp_path, monkeypatch):
    monkeypatch.setattr(instance, "INSTANCE", tmp_path / "instance.json")
    assert instance.running() is None
    (tmp_path / "instance.json").write_text(json.dumps({"pid": os.getpid(), "url": "http://127.0.0.1:9"}))
    assert instance.running() is None
    with pytest.raises(PsaError, match="scripts/psa up"):
        instance.need_running()


def test_series_of_a_database_is_read_from_it():
    class Fake:
        def exists(self, name):
            return name == "psa"

        def query(self, _database, statement, *_):
            return [("18.0.1.3",)] if "latest_version" in statement else [("ir_module_module",)]

    assert up.database_series(Fake(), "psa") == "18.0"
    assert up.database_series(Fake(), "other") is None
