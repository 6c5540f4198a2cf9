"""What is kept of an installation for other checkouts: it comes back whole, or it is installed anew."""

import os
from dataclasses import replace

import pytest
from psa_cli.odoo import kept, scratch, templates

pytestmark = pytest.mark.heavy


@pytest.fixture
def runtime(server, tmp_path, monkeypatch):
    if not server.runtime.database.programs:
        pytest.fail("only the private database server is kept of; unset DATABASE_URL and PG* for these tests")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return server.runtime


@pytest.fixture
def database(runtime):
    """A function that makes an empty database of that purpose."""
    made = []

    def create(purpose):
        made.append(scratch.name(runtime, purpose))
        runtime.database.create(made[-1])
        return made[-1]

    yield create
    for name in made:
        templates.drop(runtime, name)


@pytest.fixture
def original(runtime, database):
    name = database("kept_original")
    runtime.database.query(name, "CREATE TABLE client AS SELECT 7 AS id, unaccent('Zoë') AS name")
    runtime.database.query(name, "COMMENT ON TABLE client IS 'Who pays'")
    runtime.filestore(name).mkdir(parents=True)
    (runtime.filestore(name) / "ab").mkdir()
    (runtime.filestore(name) / "ab" / "abcd").write_text("a file")
    kept.keep(runtime, "psa_tpl_x", name)
    return name


def read(runtime, name):
    statement = "SELECT id, name, obj_description('client'::regclass) FROM client"
    files = {path.name: path.read_text() for path in runtime.filestore(name).rglob("*") if path.is_file()}
    return runtime.database.query(name, statement), files


def test_what_is_kept_comes_back_with_its_files(runtime, database, original):
    copy = database("kept_copy")
    assert kept.restore(runtime, "psa_tpl_x", copy)
    assert read(runtime, copy) == read(runtime, original) == ([(7, "Zoe", "Who pays")], {"abcd": "a file"})


def test_nothing_is_kept_of_a_server_whose_programs_are_not_at_hand(runtime, database, original, tmp_path):
    named = replace(runtime, database=replace(runtime.database, programs=None))
    kept.keep(named, "psa_tpl_y", original)
    assert len(list(tmp_path.rglob(kept.DUMP))) == 1
    assert not kept.restore(named, "psa_tpl_x", database("kept_other"))


def test_template_that_nobody_kept_is_not_restored(runtime, database, original):
    assert not kept.restore(runtime, "psa_tpl_y", database("kept_other"))


def test_broken_dump_is_not_restored_until_it_is_replaced(runtime, database, original, tmp_path, capsys):
    [dump] = tmp_path.rglob(kept.DUMP)
    dump.write_bytes(dump.read_bytes()[:-40])
    assert not kept.restore(runtime, "psa_tpl_x", database("kept_broken"))
    assert "so it is installed" in capsys.readouterr().out
    kept.keep(runtime, "psa_tpl_x", original)
    assert kept.restore(runtime, "psa_tpl_x", database("kept_again"))


def test_use_counts_as_news_and_what_nobody_used_for_long_is_dropped(runtime, database, original, tmp_path):
    [used] = (dump.parent for dump in tmp_path.rglob(kept.DUMP))
    os.utime(used, (0, 0))
    assert kept.restore(runtime, "psa_tpl_x", database("kept_copy"))
    kept.keep(runtime, "psa_tpl_y", original)
    assert len(list(tmp_path.rglob(kept.DUMP))) == 2
    os.utime(used, (0, 0))
    kept.keep(runtime, "psa_tpl_z", original)
    left = {dump.parent.name.split("-")[0] for dump in tmp_path.rglob(kept.DUMP)}
    assert left == {"psa_tpl_y", "psa_tpl_z"}


def test_cache_that_cannot_be_written_loses_nothing_that_was_installed(
    runtime, database, original, tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    kept.keep(runtime, "psa_tpl_x", original)
    assert runtime.database.query(original, "SELECT count(*) FROM client") == [(1,)]
