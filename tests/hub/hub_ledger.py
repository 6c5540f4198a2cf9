"""What the hub made of a connection's messages, read from the database past Odoo."""

from collections import Counter
from dataclasses import dataclass

from psa_cli.odoo.live import LiveServer
from psa_cli.wire.wire import wait_for

from .hub_traffic import Answer

PATIENCE = 180  # seconds until all is worked, with a machine that has other things to do


@dataclass(frozen=True)
class Message:
    """A row of the inbox with its tries."""

    uuid: str
    state: str
    mend: str | None
    reason: str | None
    results: tuple[str, ...]
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Episode:
    """An alert: the device, what it is about, how often it was seen, and its ticket."""

    device: str
    title: str
    count: int
    ticket_id: int | None


class Ledger:
    def __init__(self, server: LiveServer, connection_id: int) -> None:
        self.server = server
        self.connection_id = connection_id

    def messages(self) -> dict[str, Message]:
        """By the sender's ID."""
        rows = self.server.psql(
            """
            SELECT message.dedupe_key, message.uuid, message.state, message.mend, message.reason,
                array_remove(array_agg(attempt.result ORDER BY attempt.id), NULL),
                array_remove(array_agg(attempt.node ORDER BY attempt.id), NULL)
            FROM psa_hub_inbox AS message LEFT JOIN psa_hub_attempt AS attempt ON attempt.inbox_id = message.id
            WHERE message.connection_id = %s GROUP BY message.id ORDER BY message.id
            """,
            self.connection_id,
        )
        found = {key: Message(*rest, tuple(results), tuple(nodes)) for key, *rest, results, nodes in rows}
        assert len(found) == len(rows), "a message is in the inbox twice"
        return found

    def count_waiting(self) -> int:
        query = "SELECT count(*) FROM psa_hub_inbox WHERE connection_id = %s AND state = 'received'"
        [(count,)] = self.server.psql(query, self.connection_id)
        return count

    def wait_until_worked(self, seconds: float = PATIENCE) -> dict[str, Message]:
        wait_for(lambda: not self.count_waiting(), seconds, interval=0.1)
        messages = self.messages()
        waiting = [key for key, message in messages.items() if message.state == "received"]
        assert not waiting, f"{len(waiting)} of {len(messages)} messages wait still after {seconds} s"
        return messages

    def count_assets(self, run: str) -> Counter[str]:
        """By device; an asset whose monitoring ID was taken away counts by its name."""
        rows = self.server.psql(
            "SELECT lower(name) FROM psa_asset WHERE starts_with(lower(name), %s) OR starts_with(pulseway_id, %s)",
            run,
            run,
        )
        return Counter(name for (name,) in rows)

    def episodes(self, run: str) -> list[Episode]:
        rows = self.server.psql(
            """
            SELECT asset.pulseway_id, alert.title, alert.occurrence_count, alert.ticket_id
            FROM psa_alert AS alert JOIN psa_asset AS asset ON asset.id = alert.asset_id
            WHERE starts_with(asset.pulseway_id, %s)
            """,
            run,
        )
        return [Episode(*row) for row in rows]

    def count_tickets(self, run: str) -> Counter[tuple[str, str]]:
        """By device and title."""
        rows = self.server.psql(
            """
            SELECT asset.pulseway_id, ticket.name
            FROM helpdesk_ticket AS ticket JOIN psa_asset AS asset ON asset.id = ticket.asset_id
            WHERE starts_with(asset.pulseway_id, %s)
            """,
            run,
        )
        return Counter(rows)


def assert_answered_once(answers: list[Answer], messages: dict[str, Message]) -> None:
    """Each message was accepted once, and told to be a duplicate under the same uuid each other time.

    A sender that had to repeat itself may not have seen that it was accepted.
    """
    accepted = Counter(answer.id for answer in answers if answer.status == 202)
    repeated = {answer.id for answer in answers if answer.tries > 1}
    assert {answer.id for answer in answers} == set(messages)
    assert all(messages[answer.id].uuid == answer.uuid for answer in answers)
    for delivery_id in messages:
        seen = accepted[delivery_id]
        assert seen == 1 or (seen == 0 and delivery_id in repeated), f"{delivery_id} was accepted {seen} times"


def assert_worked_once(messages: dict[str, Message]) -> None:
    """Each message has one attempt, and that agrees with the state it ended in."""
    wrong = {key: message for key, message in messages.items() if message.results != (message.state,)}
    assert not wrong, f"{len(wrong)} messages were not worked exactly once, the first: {next(iter(wrong.items()))}"
