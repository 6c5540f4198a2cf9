"""A request that is sent again has no second effect, whatever became of the first one and of its server."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from psa_cli.wire.programs import Program, new_reference, ticket
from psa_cli.wire.wire import ApiClient

from ..deployment.tcp_door import Door
from ..hub.hub_holds import hold
from .api_programs import assert_problem

pytestmark = pytest.mark.heavy

AT_ONCE = 16
SEED = 20_261_122
KILLS, FULL_KILLS = 1, 3
PATIENCE = 180


@pytest.fixture
def program(instance, wire):
    return Program.create(wire)


def count_tickets(server, reference):
    [(number,)] = server.psql("SELECT count(*) FROM helpdesk_ticket WHERE external_reference = %s", reference)
    return number


def test_sixteen_requests_at_once_with_one_key_make_one_ticket(either_server, wire, record_property):
    program = Program.create(wire)
    key, reference = uuid4().hex, new_reference()
    barrier = threading.Barrier(AT_ONCE)

    def send(_number):
        barrier.wait()
        return program.post("/tickets", ticket(external_reference=reference), key)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    for answer in answers:
        if answer.status_code == 409:
            assert assert_problem(answer, 409)["type"] == "urn:psa:problem:idempotency-running"
    made = [answer for answer in answers if answer.status_code != 409]
    assert {answer.status_code for answer in made} == {201}
    assert len({answer.content for answer in made}) == 1
    assert len({answer.headers["Location"] for answer in made}) == 1
    replayed = Counter(answer.headers.get("Idempotency-Replayed") for answer in made)
    assert replayed[None] == 1
    assert count_tickets(either_server, reference) == 1

    later = program.post("/tickets", ticket(external_reference=reference), key)
    assert (later.status_code, later.content) == (201, made[0].content)
    record_property("figure", f"{AT_ONCE} requests at once with one key: 1 ticket, {len(made)} times the same answer")


def test_repeat_is_refused_while_the_first_runs_and_answered_when_it_is_done(server, program):
    key, reference = uuid4().hex, new_reference()
    body = ticket(external_reference=reference)
    with ThreadPoolExecutor(1) as background:
        with hold(server, "LOCK TABLE helpdesk_ticket IN SHARE MODE") as held:
            first = background.submit(program.post, "/tickets", body, key)
            held.wait_for_victim('INSERT INTO "helpdesk_ticket"')
            running = assert_problem(program.post("/tickets", body, key), 409)
            assert running["type"] == "urn:psa:problem:idempotency-running"
            # another request of the client is not kept waiting
            assert_problem(program.get("/tickets/HT99999999"), 404)
        answer = first.result()
    assert answer.status_code == 201
    again = program.post("/tickets", body, key)
    assert (again.status_code, again.content) == (201, answer.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count_tickets(server, reference) == 1


def send_unheard(program, body, key):
    """Send from a thread whose program never learns what became of it."""

    def send():
        with pytest.raises(requests.RequestException):
            program.post("/tickets", body, key)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_killed_before_commit_request_is_new_when_it_is_sent_again(server, program):
    key, reference = uuid4().hex, new_reference()
    body = ticket(external_reference=reference)
    with hold(server, "LOCK TABLE helpdesk_ticket IN SHARE MODE") as held:
        sending = send_unheard(program, body, key)
        held.wait_for_victim('INSERT INTO "helpdesk_ticket"')
        server.kill9()
    sending.join()
    assert count_tickets(server, reference) == 0

    server.restart()
    answer = deliver(program, body, key)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert count_tickets(server, reference) == 1


def test_killed_between_commit_and_answer_the_repeat_gets_the_kept_answer(server, program):
    key, reference = uuid4().hex, new_reference()
    body = ticket(external_reference=reference)
    address = urlsplit(program.base)
    with closing(Door(address.port, on_answer=server.kill9)) as door:
        elsewhere = ApiClient(door.url + address.path, "")
        elsewhere.headers = program.headers
        with pytest.raises(requests.RequestException):
            elsewhere.post("/tickets", body, key)
    assert not server.is_running()
    assert count_tickets(server, reference) == 1

    server.restart()
    answer = program.post("/tickets", body, key)
    assert answer.status_code == 201
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert answer.json()["external_reference"] == reference
    assert answer.headers["Location"].endswith(f"/tickets/{answer.json()['number']}")
    assert count_tickets(server, reference) == 1


def deliver(program, body, key):
    """Send until there is an answer, as a careful program does: always with the same key."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = program.post("/tickets", body, key)
            # a server that was killed may still hold the key in the database for a moment
            if answer.status_code != 409:
                return answer
        except requests.RequestException:
            assert time.monotonic() < deadline, "there is no server any more"
        time.sleep(0.2)


def test_killed_at_random_moments_every_request_makes_one_ticket(server, program, full_size, record_property):
    kills = FULL_KILLS if full_size else KILLS
    chance = random.Random(SEED)  # noqa: S311 - the same moments each time, so that a failure can be repeated
    enough = threading.Event()

    def work():
        answered = []
        while not enough.is_set():
            reference = new_reference()
            answer = deliver(program, ticket(external_reference=reference), uuid4().hex)
            answered.append((reference, answer))
        return answered

    with ThreadPoolExecutor(4) as pool:
        try:
            working = [pool.submit(work) for _each in range(4)]
            for _kill in range(kills):
                time.sleep(chance.uniform(1, 4))
                server.kill9()
                server.restart()
        finally:
            enough.set()
        answered = [pair for each in working for pair in each.result()]
    assert len(answered) > kills
    for reference, answer in answered:
        assert answer.status_code == 201, answer.text
        assert answer.json()["external_reference"] == reference
        assert count_tickets(server, reference) == 1
    record_property(
        "figure", f"kills: {kills}; {len(answered):,} requests, each answered 201 and one ticket in the end"
    )
