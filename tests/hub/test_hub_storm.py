"""Ten thousand deliveries from eight senders at once end in the exact number of everything."""

import random
from collections import Counter

from psa_cli.wire import Wire

from .hub_ledger import Ledger, assert_answered_once, assert_worked_once
from .hub_traffic import Connection, Delivery, alert, new_run, registration, shuffled, stream

SEED = 20_261_122
DELIVERIES = 10_000
DUPLICATES = DELIVERIES // 10
DEVICES = 240
CONDITIONS = {"Low disk space": "Elevated", "Backup failed": "Critical"}
TROUBLED = 50  # devices that have each of the conditions
ALERTS = 5  # for each condition of a device
CHANGING, CHANGES = 12, 15  # devices that are told anew so often, each time with another system
STRANGERS = 60  # of each kind of message that nobody can work


class Storm:
    """The deliveries, and what must come of them."""

    def __init__(self) -> None:
        self.run = new_run()
        self.first = {device: registration(device) for device in self._devices("plain", DEVICES)}
        self.changing = {device: list(self._changes(device)) for device in self._devices("changing", CHANGING)}
        self.alerts = list(self._alerts())
        self.dead = {
            "map_client": [registration(device, Group="Nobody & Sons") for device in self._devices("group", STRANGERS)],
            "find_device": [alert(device, "Low disk space") for device in self._devices("unknown", STRANGERS)],
            "fix_sender": [registration(device, Name=None) for device in self._devices("nameless", STRANGERS)],
        }
        told = [*self.first.values(), *self.alerts, *sum(self.changing.values(), []), *sum(self.dead.values(), [])]
        self.messages = [*told, *self._repeats(DELIVERIES - DUPLICATES - len(told))]
        self.deliveries = shuffled([*self.messages, *self._duplicates()], SEED)

    def _devices(self, kind: str, number: int) -> list[str]:
        return [f"{self.run}{kind}-{each:03d}" for each in range(number)]

    def _changes(self, device: str):
        """Each is sent once the one before is answered, so the last one holds."""
        before = None
        for build in range(CHANGES):
            change = registration(device, before, OS=f"Windows 11 build {build}")
            before = change.id
            yield change

    def _alerts(self):
        for device in list(self.first)[:TROUBLED]:
            for title, priority in CONDITIONS.items():
                for _each in range(ALERTS):
                    yield alert(device, title, self.first[device].id, priority)

    def _repeats(self, number: int) -> list[Delivery]:
        """Devices that say again that they are there, which changes nothing."""
        devices = list(self.first)
        return [registration(device) for device in (devices[each % len(devices)] for each in range(number))]

    def _duplicates(self) -> list[Delivery]:
        return random.Random(SEED).sample(self.messages, DUPLICATES)  # noqa: S311 - the same ones each time


def test_storm_of_deliveries_ends_in_exact_numbers(instance, server):
    connection = Connection.create(Wire(instance))
    storm = Storm()
    answers = stream(connection.hook, storm.deliveries, senders=8)
    ledger = Ledger(server, connection.id)
    messages = ledger.wait_until_worked()

    assert Counter(answer.status for answer in answers) == {202: DELIVERIES - DUPLICATES, 200: DUPLICATES}
    assert_answered_once(answers, messages)
    assert set(messages) == {delivery.id for delivery in storm.messages}
    assert_worked_once(messages)

    expected_mends = {delivery.id: mend for mend, deliveries in storm.dead.items() for delivery in deliveries}
    dead = {key: message for key, message in messages.items() if message.state == "dead"}
    assert {key: message.mend for key, message in dead.items()} == expected_mends
    assert all(message.reason for message in dead.values())

    assert ledger.count_assets(storm.run) == dict.fromkeys([*storm.first, *storm.changing], 1)
    systems = dict(
        server.psql("SELECT pulseway_id, os_info FROM psa_asset WHERE pulseway_id = ANY(%s)", list(storm.changing))
    )
    assert systems == dict.fromkeys(storm.changing, f"Windows 11 build {CHANGES - 1}")

    conditions = {(device, title) for device in list(storm.first)[:TROUBLED] for title in CONDITIONS}
    episodes = ledger.episodes(storm.run)
    assert {(episode.device, episode.title): episode.count for episode in episodes} == dict.fromkeys(conditions, ALERTS)
    assert len(episodes) == len(conditions)
    assert len({episode.ticket_id for episode in episodes} - {None}) == len(conditions)
    assert ledger.count_tickets(storm.run) == dict.fromkeys(conditions, 1)
