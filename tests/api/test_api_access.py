"""Whatever ends a key, ends it for every process that serves, at once."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import requests
from psa_cli.wire.programs import CLIENT, Program

from ..conftest import WORKERS
from .api_programs import ask_workers, assert_problem

pytestmark = pytest.mark.heavy

AT_ONCE = 1.0  # seconds


def in_seconds(seconds):
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}"


def revoke(program):
    program.call("action_revoke")


def archive(program):
    program.call("write", {"active": False})


def replace(program):
    return program.replace_key("none")


def archive_client(program):
    [key] = program.call("read", ["partner_id"])
    program.admin.call("res.partner", "write", [key["partner_id"][0]], {"active": False})


def archive_user(program):
    [key] = program.call("read", ["user_id"])
    program.admin.call("res.users", "write", [key["user_id"][0]], {"active": False})


def let_expire(program):
    program.call("write", {"expires_at": in_seconds(2)})
    time.sleep(2)


ENDS = [revoke, archive, replace, archive_client, archive_user, let_expire]


def ask(program, request_id, url=None):
    address = f"{url or program.base}/tickets/HT99999999"
    return requests.get(address, headers={**program.headers, "X-Request-Id": request_id}, timeout=60)


def wait_until_refused(server, program):
    """What every worker answered, when all refuse the key or a moment is over."""
    deadline = time.monotonic() + AT_ONCE
    while True:
        seen = ask_workers(server, partial(ask, program), WORKERS)
        if set(seen) == {401} or time.monotonic() > deadline:
            return seen


@pytest.fixture
def client(wire):
    """Its own for what archives it."""

    def create():
        name = f"Client of a test {time.monotonic_ns()}"
        wire.person("admin").call("res.partner", "create", {"name": name, "is_company": True})
        return name

    return create


def test_key_that_is_ended_is_refused_by_every_worker_at_once(forking_server, wire, client):
    server = forking_server
    for end in ENDS:
        program = Program.create(wire, client())
        seen = ask_workers(server, partial(ask, program), WORKERS)
        assert set(seen) == {404}, f"{end.__name__}: the key was to be good"
        # with the key that is no good any more
        ended = end(program) or program
        seen = wait_until_refused(server, ended)
        assert set(seen) == {401}, f"{end.__name__}: {seen}"


def test_replaced_key_lives_until_its_moment_on_every_worker(forking_server, wire):
    server = forking_server
    program = Program.create(wire)
    old = program.replace_key("hour")
    assert set(ask_workers(server, partial(ask, old), WORKERS)) == {404}
    assert set(ask_workers(server, partial(ask, program), WORKERS)) == {404}

    program.call("write", {"previous_key_until": in_seconds(2)})
    time.sleep(3)
    assert set(ask_workers(server, partial(ask, old), WORKERS)) == {401}
    assert set(ask_workers(server, partial(ask, program), WORKERS)) == {404}


def test_change_of_a_key_is_seen_by_every_worker_at_once(forking_server, wire):
    server = forking_server
    program = Program.create(wire)
    assert set(ask_workers(server, partial(ask, program), WORKERS)) == {404}
    reading = program.admin.call("psa.api.scope", "search", [("code", "=", "tickets:read")])
    program.call("write", {"scope_ids": [(3, reading[0])]})
    assert set(ask_workers(server, partial(ask, program), WORKERS)) == {403}
    program.call("write", {"scope_ids": [(4, reading[0])]})
    assert set(ask_workers(server, partial(ask, program), WORKERS)) == {404}
    program.call("write", {"allowed_networks": "203.0.113.0/24"})
    assert set(ask_workers(server, partial(ask, program), WORKERS)) == {403}


def test_key_that_is_revoked_on_one_node_is_refused_by_the_other(server_pair, wire):
    first, second = (f"{node.url}/psa/api/v1" for node in server_pair.nodes)
    program = Program.create(wire)
    assert program.base == first
    for url in (first, second):
        assert_problem(ask(program, "x", url), 404)
    revoke(program)
    for url in (first, second):
        assert_problem(ask(program, "x", url), 401)


def test_rate_is_one_for_all_workers(forking_server, wire):
    """However many processes there are, no more requests get through in a minute than the key has."""
    rate = 30
    program = Program.create(wire, CLIENT, rate_per_minute=rate)
    while datetime.now(UTC).second > 50:
        time.sleep(1)
    minute = datetime.now(UTC).minute
    seen = ask_workers(forking_server, partial(ask, program), WORKERS)
    while sum(seen.values()) < 2 * rate:
        seen += ask_workers(forking_server, partial(ask, program), 1)
    assert datetime.now(UTC).minute == minute, "the machine is too slow for this test"
    assert set(seen) == {404, 429}
    assert seen[404] <= rate
    # what a process has leased and not used is lost to the others: with a small rate next to nothing
    assert seen[404] >= rate - WORKERS
