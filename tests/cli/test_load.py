"""The load verb: what it makes of what was measured, and that its calls work."""

import json
from dataclasses import replace
from time import monotonic

import pytest
from psa_cli import load
from psa_cli.load.sending import Driver, send
from psa_cli.load.traffic import MIX, Traffic
from psa_cli.load.verdict import Minute, find_faults
from psa_cli.load.watching import Watch

STEADY = Minute(number=1, requests=600, errors=0, rate=10.0, p50=20.0, p95=80.0, memory=500.0, connections=8)


def minutes(**last):
    """Six minutes, the last two of them different."""
    return [STEADY] * 4 + [replace(STEADY, **last)] * 2


def test_steady_load_has_no_fault():
    assert find_faults(minutes(), 10.0) == []
    assert find_faults(minutes(p95=110.0, memory=530.0, connections=10), 10.0) == []


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ({"errors": 1}, "2 of 3600 requests failed"),
        ({"p95": 130.0}, "p95 went from 80 to 130 ms"),
        ({"memory": 560.0}, "memory went from 500 to 560 MB"),
        ({"connections": 12}, "connections to the database went from 8 to 12"),
    ],
    ids=["error", "drift", "memory", "connections"],
)
def test_load_that_is_not_carried_has_a_fault(last, words):
    assert find_faults(minutes(**last), 10.0) == [words]


def test_rate_that_is_not_kept_is_a_fault():
    assert find_faults(minutes(), 11.0) == ["10.0 requests a second were answered, not 11.0"]


def test_minute_knows_its_slowest_requests():
    minute = Minute.of(1, [*[10.0] * 90, *[100.0] * 10], 0, seconds=60.0, memory=1.0, connections=1)
    assert (minute.requests, minute.p50, minute.p95) == (100, 10.0, 100.0)


@pytest.mark.heavy
def test_every_kind_of_call_is_answered_as_it_should_be(server):
    traffic = Traffic(server)
    for client in traffic.clients:
        # writing first: some calls read or repeat what another one has sent
        for name in sorted(MIX, key=lambda name: name in ("read_ticket_again", "open_ticket_again")):
            assert send(traffic, getattr(client, name)()) is None, name


@pytest.mark.heavy
def test_calls_come_at_the_rate_that_was_asked_for(server):
    started = monotonic()
    with Driver(Traffic(server), rate=5) as driver:
        outcomes = driver.run_for(4)
    assert 10 <= len(outcomes) <= 5 * (monotonic() - started)
    assert not [outcome.error for outcome in outcomes if outcome.error]


@pytest.mark.heavy
def test_memory_and_connections_of_the_server_are_seen(server):
    watch = Watch(server)
    assert 50 < watch.read_memory() < 5_000
    assert watch.count_connections() > 0


@pytest.mark.full_size
def test_load_is_told_minute_by_minute(series, capsys, monkeypatch):
    for name in ("WARM_UP", "MEASURED", "MINUTE"):
        monkeypatch.setattr(load, name, 3)
    code = load.run(series, minutes=3, share=0.5, workers=2, form="json")
    found = json.loads(capsys.readouterr().out)
    assert code == (1 if found["faults"] else 0)
    assert (found["series"], found["workers"], found["errors"]) == (series, 2, [])
    assert found["rate"] == pytest.approx(found["maximum"] / 2, abs=0.01)
    assert [minute["number"] for minute in found["minutes"]] == [1, 2, 3]
    # these minutes are so short that a busy machine may have no answer ready in one of them
    answered = [minute for minute in found["minutes"] if minute["requests"]]
    assert answered
    assert all(0 < minute["p50"] <= minute["p95"] for minute in answered)
    for minute in found["minutes"]:
        assert minute["errors"] == 0
        assert min(minute["memory"], minute["connections"]) > 0
