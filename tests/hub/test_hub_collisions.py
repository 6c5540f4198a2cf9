"""Somebody else changes the same rows at the same moment: the work starts again, and its result is the same.

PostgreSQL refuses a transaction at REPEATABLE READ that comes to a row which another one has changed meanwhile. The
tests make sure that this happens: the server waits for a row of theirs, and then they commit.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from .hub_holds import hold
from .hub_ledger import Ledger, assert_worked_once
from .hub_traffic import Answer, Connection, Delivery, Sender, alert, new_run, registration

pytestmark = pytest.mark.heavy

TITLE = "Low disk space"
STARTS_AGAIN = "this batch starts again"


@pytest.fixture
def connection(instance, wire):
    return Connection.create(wire)


@pytest.fixture
def ledger(server, connection):
    return Ledger(server, connection.id)


@pytest.fixture
def device(connection, ledger):
    """A device that has registered and has an alert."""
    device = new_run()
    first = registration(device)
    send(connection, first)
    send(connection, alert(device, TITLE))
    ledger.wait_until_worked()
    return device


def send(connection: Connection, *deliveries: Delivery) -> list[Answer]:
    with closing(Sender(connection.hook)) as sender:
        return [sender.deliver(delivery) for delivery in deliveries]


def count_restarts(server) -> int:
    return server.log.count(STARTS_AGAIN)


def test_messages_of_every_kind_are_touched_while_they_are_taken_and_worked_once(server, connection, ledger, device):
    new, ghost = f"{device}-new", f"{device}-ghost"
    sent = [
        registration(device, OS="Windows 11 Pro 25H2"),
        registration(device, OS="Windows 11 Pro 25H2"),
        alert(device, TITLE),
        alert(device, "Backup failed"),
        registration(new),
        registration(ghost, Group="Nobody & Sons"),
        registration(ghost, Name=None),
        alert(ghost, TITLE),
    ]
    restarts = count_restarts(server)
    send(connection, *sent)
    with hold(server, "LOCK TABLE psa_hub_inbox IN EXCLUSIVE MODE") as held:
        held.wait_for_victim("FOR UPDATE")
        held.execute("UPDATE psa_hub_inbox SET write_date = write_date WHERE connection_id = %s", connection.id)
    messages = ledger.wait_until_worked()

    assert count_restarts(server) > restarts
    assert_worked_once(messages)
    assert [messages[delivery.id].mend for delivery in sent[-3:]] == ["map_client", "fix_sender", "find_device"]
    assert Counter(message.state for message in messages.values()) == {"done": 7, "dead": 3}
    assert ledger.count_assets(device) == {device: 1, new: 1}
    counts = {episode.title: episode.count for episode in ledger.episodes(device)}
    assert counts == {TITLE: 2, "Backup failed": 1}
    assert ledger.count_tickets(device) == {(device, TITLE): 1, (device, "Backup failed"): 1}


@pytest.mark.parametrize("table", ["psa_asset", "psa_alert"])
def test_record_is_changed_while_its_message_is_worked_and_result_is_the_same(
    server, connection, ledger, device, table
):
    change = {
        "psa_asset": "UPDATE psa_asset SET write_date = now() AT TIME ZONE 'UTC' WHERE pulseway_id = %s",
        "psa_alert": "UPDATE psa_alert SET last_at = last_at WHERE asset_id = "
        "(SELECT id FROM psa_asset WHERE pulseway_id = %s)",
    }[table]
    with hold(server, change, device) as held:
        send(connection, registration(device, OS="Windows 11 Pro 25H2"), alert(device, TITLE))
        held.wait_for_victim(rf'UPDATE\s+"?{table}"?\s')
    messages = ledger.wait_until_worked()

    assert_worked_once(messages)
    assert {message.state for message in messages.values()} == {"done"}
    assert server.psql("SELECT os_info FROM psa_asset WHERE pulseway_id = %s", device) == [("Windows 11 Pro 25H2",)]
    assert [episode.count for episode in ledger.episodes(device)] == [2]
    assert ledger.count_tickets(device) == {(device, TITLE): 1}


def test_same_message_arrives_elsewhere_at_the_same_moment_and_is_a_duplicate(server, connection, ledger):
    late = registration(new_run())
    [first] = send(connection, registration(new_run()))
    ledger.wait_until_worked()
    rename = "UPDATE psa_hub_inbox SET dedupe_key = %s WHERE uuid = %s"
    with ThreadPoolExecutor(1) as background:
        with hold(server, rename, late.id, first.uuid) as held:
            sending = background.submit(send, connection, late)
            held.wait_for_victim("INSERT INTO psa_hub_inbox")
        [answer] = sending.result()
    assert (answer.status, answer.uuid) == (200, first.uuid)
    assert len(ledger.messages()) == 1


def test_duplicate_is_answered_while_its_message_is_worked(server, connection, ledger, device):
    """Its row is about to change by then, which may take as long as the batch it is in."""
    first = next(iter(ledger.messages()))
    delivery = Delivery(registration(device).payload, first)
    with hold(server, "UPDATE psa_hub_inbox SET state = state WHERE connection_id = %s", connection.id):
        [answer] = send(connection, delivery)
    assert (answer.status, answer.uuid) == (200, ledger.messages()[first].uuid)
