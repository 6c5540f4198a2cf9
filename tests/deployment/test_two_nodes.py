"""Two server processes on one database share the work, and one goes on alone when the other is killed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from psa_cli.odoo.server import OdooServer
from psa_cli.wire.wire import wait_for

from ..hub.hub_holds import find_job_runner
from ..hub.hub_ledger import PATIENCE, Ledger, assert_answered_once, assert_worked_once
from ..hub.hub_traffic import Answer, Connection, Delivery, alert, new_run, registration, stream

pytestmark = pytest.mark.heavy

DEVICES = 30
AGAIN = 8  # times that each device says again that it is there
TITLE = "Low disk space"


@dataclass
class Cluster:
    nodes: tuple[OdooServer, OdooServer]
    connection: Connection
    ledger: Ledger

    def find_runner(self) -> OdooServer | None:
        pid = find_job_runner(self.ledger.server)
        return next((node for node in self.nodes if node.pid == pid), None)


@pytest.fixture
def cluster(server_pair, wire):
    connection = Connection.create(wire)
    found = Cluster(server_pair.nodes, connection.at(server_pair.door.url), Ledger(server_pair.server, connection.id))
    assert wait_for(found.find_runner, seconds=60, interval=0.1), "neither of the two runs the jobs"
    return found


class Traffic:
    """Comes in waves, so that there is work for many jobs."""

    def __init__(self) -> None:
        self.run = new_run()
        self.devices = [f"{self.run}{each:02d}" for each in range(DEVICES)]
        self.sent = list(self._deliveries())

    def _deliveries(self) -> Iterator[Delivery]:
        first = {device: registration(device) for device in self.devices}
        yield from first.values()
        for _wave in range(AGAIN):
            yield from (registration(device, first[device].id) for device in self.devices)
        for _wave in range(2):
            yield from (alert(device, TITLE, first[device].id) for device in self.devices)

    def assert_worked(self, ledger: Ledger, answers: list[Answer]) -> set[int]:
        """The numbers of everything are exact; the processes that did the work."""
        messages = ledger.wait_until_worked()
        assert set(messages) == {delivery.id for delivery in self.sent}
        assert_answered_once(answers, messages)
        assert_worked_once(messages)
        assert {message.state for message in messages.values()} == {"done"}
        assert ledger.count_assets(self.run) == dict.fromkeys(self.devices, 1)
        assert {(each.device, each.count) for each in ledger.episodes(self.run)} == {(each, 2) for each in self.devices}
        assert ledger.count_tickets(self.run) == {(device, TITLE): 1 for device in self.devices}
        return {int(node.rpartition(":")[2]) for message in messages.values() for node in message.nodes}


def test_two_nodes_share_the_work(cluster):
    traffic = Traffic()
    answers = stream(cluster.connection.hook, traffic.sent, senders=4, pause=0.1)
    assert traffic.assert_worked(cluster.ledger, answers) == {node.pid for node in cluster.nodes}


def test_node_that_ran_the_jobs_is_killed_and_the_other_does_the_rest(cluster):
    traffic = Traffic()
    runner = cluster.find_runner()
    other = next(node for node in cluster.nodes if node is not runner)
    with ThreadPoolExecutor(1) as background:
        streaming = background.submit(
            stream, cluster.connection.hook, traffic.sent, senders=4, patience=PATIENCE, pause=0.1
        )
        time.sleep(3)
        assert not streaming.done()
        runner.kill()
        answers = streaming.result()
    workers = traffic.assert_worked(cluster.ledger, answers)
    assert other.pid in workers
    assert cluster.find_runner() is other
