"""Python environments that checkouts share: made once, named by what is in them, dropped when nobody uses them."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from psa_cli.machine import environments, unused
from psa_cli.machine.environments import Environment, make_counter

pytestmark = pytest.mark.usefixtures("own_machine")

LONG_AGO = (0, 0)


@pytest.fixture
def pins(tmp_path):
    path = tmp_path / "pins.txt"
    path.write_text("# what there is\nbabel==2.17.0\nlxml==5.3.0\n")
    return path


@pytest.fixture
def made(monkeypatch):
    """The programs of the environments that were made, with a Python and without any package."""
    found = []

    def make(command, **_options):
        programs = command[-1] / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        if not (programs / "python").exists():
            (programs / "python").symlink_to(sys.executable)
        found.append(programs)

    monkeypatch.setattr(environments.subprocess, "run", make)
    monkeypatch.setattr(environments.proc, "run", lambda *_arguments, **_options: None)
    return found


def test_environment_is_made_once_for_all_who_want_it_at_the_same_time(pins, made):
    start = Barrier(2)

    def want(_number):
        start.wait()
        Environment("x", pins).ensure("Installing")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(want, range(2)))
    assert made == [Environment("x", pins).bin]


def test_environment_whose_making_was_interrupted_is_made_anew(pins, made):
    environment = Environment("x", pins)
    environment.ensure("Installing")
    (environment.folder / environments.STAMP).unlink()
    assert not environment.is_made()
    environment.ensure("Installing")
    assert len(made) == 2


def test_other_pins_and_other_options_have_another_folder(pins):
    before = Environment("x", pins)
    folders = {before.folder, Environment("x", pins, ("--no-compile",)).folder}
    pins.write_text("babel==2.18.0\n")
    assert len({*folders, before.folder}) == 3


def test_what_nobody_used_for_long_is_dropped_when_another_is_made(pins, made):
    old, used = Environment("old", pins), Environment("used", pins)
    for each in (old, used):
        each.ensure("Installing")
        os.utime(each.folder / environments.STAMP, LONG_AGO)
    used.ensure("Installing")
    Environment("new", pins).ensure("Installing")
    assert (old.folder.exists(), used.is_made()) == (False, True)


def test_half_of_an_environment_counts_by_its_own_time(pins, made):
    half = Environment("half", pins)
    half.folder.mkdir(parents=True)
    os.utime(half.folder, LONG_AGO)
    Environment("new", pins).ensure("Installing")
    assert not half.folder.exists()


def test_environment_that_a_process_runs_from_stays(pins, made, tmp_path):
    old = Environment("old", pins)
    old.ensure("Installing")
    os.utime(old.folder / environments.STAMP, LONG_AGO)
    with subprocess.Popen([old.python, "-c", "input()"], stdin=subprocess.PIPE) as running:
        unused.drop(old.folder.parent, lambda folder: folder / environments.STAMP)
        assert old.is_made()
        running.communicate(b"\n")
    unused.drop(old.folder.parent, lambda folder: folder / environments.STAMP)
    assert not old.folder.exists()


def test_packages_are_counted_by_what_pip_says(pins):
    read = make_counter(pins)
    said = [
        "Collecting babel==2.17.0",
        "  Using cached",
        "Requirement already satisfied: lxml==5.3.0 in x",
        "Installing collected",
    ]
    assert [read(line) for line in said] == ["1/2 babel", None, "2/2 lxml", "installing"]
