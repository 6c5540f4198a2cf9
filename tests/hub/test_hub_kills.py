"""The server is killed at any moment, and what it had answered is worked exactly once all the same."""

import os
import random
import re
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from socket import gethostname

import pytest
from psa_cli.wire.wire import wait_for

from .hub_crons import call_cron, call_job_runner
from .hub_holds import hold
from .hub_ledger import PATIENCE, Ledger, Message, assert_answered_once, assert_worked_once
from .hub_traffic import Answer, Connection, Delivery, NoAnswer, Sender, alert, new_run, registration, stream

pytestmark = pytest.mark.heavy

SEED = 20_261_122
KILLS, FULL_KILLS = 1, 4
TITLE = "Low disk space"


@pytest.fixture
def connection(wire):
    return Connection.create(wire)


def send_unheard(connection: Connection, delivery: Delivery) -> threading.Thread:
    """Send from a thread whose sender never learns what became of it."""

    def send() -> None:
        with closing(Sender(connection.hook)) as sender, pytest.raises(NoAnswer):
            sender.deliver(delivery)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def send(connection: Connection, delivery: Delivery) -> Answer:
    with closing(Sender(connection.hook)) as sender:
        return sender.deliver(delivery)


def wait_until_recovered(ledger: Ledger) -> dict[str, Message]:
    """The messages when all are worked, those of jobs that died with the server too: nobody waits for the minute."""

    def is_worked() -> bool:
        call_job_runner(ledger.server)
        return not ledger.count_waiting()

    wait_for(is_worked, PATIENCE, interval=1)
    return ledger.wait_until_worked(0)


# --- at known points ---


@dataclass(frozen=True)
class Unheard:
    """A message that was being taken when the server was killed, and whether it was in the inbox by then."""

    connection: Connection
    ledger: Ledger
    device: str
    delivery: Delivery
    is_kept: bool


@pytest.fixture(scope="module")
def unheard(_serving, wire) -> dict[str, Unheard]:
    """One kill meets two messages: one stands before its commit, the other between its commit and its answer."""
    server = _serving.ensure(0)
    connections = {moment: Connection.create(wire) for moment in ("before commit", "after commit")}
    ledgers = {moment: Ledger(server, connection.id) for moment, connection in connections.items()}
    devices = {moment: new_run() for moment in connections}
    deliveries = {moment: registration(device) for moment, device in devices.items()}
    with hold(server, "LOCK TABLE queue_job IN SHARE MODE") as jobs:
        sending = [send_unheard(connections["after commit"], deliveries["after commit"])]
        jobs.wait_for_victim('INSERT INTO "queue_job"')
        with hold(server, "LOCK TABLE psa_hub_inbox IN SHARE MODE") as inbox:
            sending.append(send_unheard(connections["before commit"], deliveries["before commit"]))
            inbox.wait_for_victim("INSERT INTO psa_hub_inbox")
            server.kill9()
    for thread in sending:
        thread.join()
    is_kept = {moment: list(ledger.messages()) == [deliveries[moment].id] for moment, ledger in ledgers.items()}
    server.restart()
    return {
        moment: Unheard(connections[moment], ledgers[moment], devices[moment], deliveries[moment], is_kept[moment])
        for moment in connections
    }


def test_killed_before_commit_message_is_taken_when_it_is_sent_again(server, unheard):
    found = unheard["before commit"]
    assert not found.is_kept
    assert not found.ledger.messages()

    answer = send(found.connection, found.delivery)
    assert answer.status == 202
    messages = found.ledger.wait_until_worked()
    assert messages[found.delivery.id].uuid == answer.uuid
    assert_worked_once(messages)
    assert found.ledger.count_assets(found.device) == {found.device: 1}


def test_killed_between_commit_and_answer_message_is_worked_without_its_job(server, unheard):
    """The job that was to work it never got planned, so it is found without one."""
    found = unheard["after commit"]
    assert found.is_kept
    call_cron(server, "psa_base.ir_cron_psa_hub_inbox_drain")
    messages = found.ledger.wait_until_worked()
    answer = send(found.connection, found.delivery)
    assert (answer.status, answer.uuid) == (200, messages[found.delivery.id].uuid)
    assert_worked_once(found.ledger.messages())
    assert found.ledger.count_assets(found.device) == {found.device: 1}


@pytest.mark.parametrize(
    ("table", "doing"),
    [("psa_asset", 'INSERT INTO "psa_asset"'), ("psa_hub_attempt", "psa_hub_attempt")],
    ids=["before its effects", "after its effects"],
)
def test_killed_inside_a_job_messages_are_worked_once(server, connection, table, doing):
    run = new_run()
    devices = [f"{run}{each}" for each in range(6)]
    answers = []
    with hold(server, f"LOCK TABLE {table} IN SHARE MODE") as held:
        for device in devices:
            first = registration(device)
            answers += [send(connection, first), send(connection, alert(device, TITLE, first.id))]
        held.wait_for_victim(doing)
        server.kill9()
    ledger = Ledger(server, connection.id)
    assert ledger.count_waiting() == len(answers)

    server.restart()
    messages = wait_until_recovered(ledger)
    assert_answered_once(answers, messages)
    assert_worked_once(messages)
    assert {message.state for message in messages.values()} == {"done"}
    assert ledger.count_assets(run) == dict.fromkeys(devices, 1)
    assert ledger.count_tickets(run) == {(device, TITLE): 1 for device in devices}


def find_process(query: str) -> int:
    """The process that sends this attempt, which says so itself."""
    found = re.search(rf"'{re.escape(gethostname())}:(\d+)'", query)
    assert found, query
    return int(found[1])


def test_killed_worker_leaves_its_messages_to_the_others(forking_server, connection):
    """Only the process that works a batch dies; the server goes on and puts another one in its place."""
    server = forking_server
    run = new_run()
    device = f"{run}0"
    with hold(server, "LOCK TABLE psa_hub_attempt IN SHARE MODE") as held:
        answer = send(connection, registration(device))
        victim = find_process(held.wait_for_victim("psa_hub_attempt"))
        assert victim != server.instance["pid"]
        os.kill(victim, signal.SIGKILL)
    assert answer.status == 202

    ledger = Ledger(server, connection.id)
    messages = wait_until_recovered(ledger)
    assert server.is_running()
    assert_worked_once(messages)
    assert [message.nodes for message in messages.values()] != [(f"{gethostname()}:{victim}",)]
    assert ledger.count_assets(run) == {device: 1}


# --- at random moments ---


class Traffic:
    """Devices that register, say again that they are there, and have alerts, until it is enough."""

    ALERTS = 3

    def __init__(self) -> None:
        self.run = new_run()
        self.enough = threading.Event()
        self.sent: list[Delivery] = []
        self.devices: list[str] = []

    def __iter__(self):
        while not self.enough.is_set():
            device = f"{self.run}{len(self.devices):03d}"
            self.devices.append(device)
            first = registration(device)
            alerts = [alert(device, TITLE, first.id) for _each in range(self.ALERTS)]
            again = [registration(device, first.id) for _each in range(4)]
            for delivery in (first, *again, *alerts):
                self.sent.append(delivery)
                yield delivery


def test_killed_at_random_moments_nothing_is_lost_and_nothing_doubles(server, connection, full_size, record_property):
    kills = FULL_KILLS if full_size else KILLS
    chance = random.Random(SEED)  # noqa: S311 - the same moments each time, so that a failure can be repeated
    traffic = Traffic()
    with ThreadPoolExecutor(1) as background:
        try:
            streaming = background.submit(stream, connection.hook, traffic, senders=4, patience=PATIENCE, pause=0.1)
            for _kill in range(kills):
                # Jobs begin some five seconds after a start: some kills hit them, some only the intake.
                time.sleep(chance.uniform(1, 12))
                assert not streaming.done(), streaming.result()
                server.kill9()
                server.restart()
        finally:
            traffic.enough.set()
        answers = streaming.result()
    ledger = Ledger(server, connection.id)
    messages = wait_until_recovered(ledger)

    assert any(answer.tries > 1 for answer in answers), "no kill was felt by any sender"
    assert set(messages) == {delivery.id for delivery in traffic.sent}
    assert_answered_once(answers, messages)
    assert_worked_once(messages)
    assert Counter(message.state for message in messages.values()) == {"done": len(traffic.sent)}
    assert ledger.count_assets(traffic.run) == dict.fromkeys(traffic.devices, 1)
    counted = {episode.device: episode.count for episode in ledger.episodes(traffic.run)}
    assert counted == dict.fromkeys(traffic.devices, Traffic.ALERTS)
    assert ledger.count_tickets(traffic.run) == {(device, TITLE): 1 for device in traffic.devices}
    record_property("figure", f"kills: {kills}; {len(messages):,} messages answered, each worked once, 0 lost")
