"""Thousands of deliveries from eight senders at once end in the exact number of everything."""

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from .hub_ledger import Ledger, assert_answered_once, assert_worked_once
from .hub_traffic import Connection, Delivery, alert, new_run, registration, shuffled, stream

pytestmark = pytest.mark.heavy

SEED = 20_261_122
CONDITIONS = {"Low disk space": "Elevated", "Backup failed": "Critical"}
ALERTS = 5  # for each condition of a device


@dataclass(frozen=True)
class Size:
    deliveries: int
    devices: int
    troubled: int  # devices that have each of the conditions
    changing: int  # devices that are told anew, each time with another system
    changes: int  # times that they are
    strangers: int  # of each kind of message that nobody can work

    @property
    def duplicates(self) -> int:
        return self.deliveries // 10


SMALL = Size(deliveries=1_000, devices=40, troubled=8, changing=4, changes=8, strangers=8)
FULL = Size(deliveries=10_000, devices=240, troubled=50, changing=12, changes=15, strangers=60)


class Storm:
    """The deliveries, and what must come of them."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.run = new_run()
        self.first = {device: registration(device) for device in self._devices("plain", size.devices)}
        self.changing = {device: list(self._changes(device)) for device in self._devices("changing", size.changing)}
        self.conditions = {(device, title) for device in list(self.first)[: size.troubled] for title in CONDITIONS}
        self.alerts = list(self._alerts())
        strangers = {kind: self._devices(kind, size.strangers) for kind in ("group", "unknown", "nameless")}
        self.dead = {
            "map_client": [registration(device, Group="Nobody & Sons") for device in strangers["group"]],
            "find_device": [alert(device, "Low disk space") for device in strangers["unknown"]],
            "fix_sender": [registration(device, Name=None) for device in strangers["nameless"]],
        }
        told = [*self.first.values(), *self.alerts, *sum(self.changing.values(), []), *sum(self.dead.values(), [])]
        self.messages = [*told, *self._repeats(size.deliveries - size.duplicates - len(told))]
        self.deliveries = shuffled([*self.messages, *self._duplicates()], SEED)

    def _devices(self, kind: str, number: int) -> list[str]:
        return [f"{self.run}{kind}-{each:03d}" for each in range(number)]

    def _changes(self, device: str):
        """Each is sent once the one before is answered, so the last one holds."""
        before = None
        for build in range(self.size.changes):
            change = registration(device, before, OS=f"Windows 11 build {build}")
            before = change.id
            yield change

    def _alerts(self):
        for device, title in sorted(self.conditions):
            for _each in range(ALERTS):
                yield alert(device, title, self.first[device].id, CONDITIONS[title])

    def _repeats(self, number: int) -> list[Delivery]:
        """Devices that say again that they are there, which changes nothing."""
        devices = list(self.first)
        return [registration(device) for device in (devices[each % len(devices)] for each in range(number))]

    def _duplicates(self) -> list[Delivery]:
        return random.Random(SEED).sample(self.messages, self.size.duplicates)  # noqa: S311 - the same ones each time


def test_storm_of_deliveries_ends_in_exact_numbers(server, wire, full_size, record_property):
    connection = Connection.create(wire)
    size = FULL if full_size else SMALL
    storm = Storm(size)
    answers = stream(connection.hook, storm.deliveries, senders=8)
    ledger = Ledger(server, connection.id)
    messages = ledger.wait_until_worked()

    assert Counter(answer.status for answer in answers) == {202: len(storm.messages), 200: size.duplicates}
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
    assert systems == dict.fromkeys(storm.changing, f"Windows 11 build {size.changes - 1}")

    conditions = storm.conditions
    episodes = ledger.episodes(storm.run)
    assert {(episode.device, episode.title): episode.count for episode in episodes} == dict.fromkeys(conditions, ALERTS)
    assert len(episodes) == len(conditions)
    assert len({episode.ticket_id for episode in episodes} - {None}) == len(conditions)
    assert ledger.count_tickets(storm.run) == dict.fromkeys(conditions, 1)
    record_property(
        "figure",
        f"{size.deliveries:,} deliveries: {len(messages):,} accepted, {size.duplicates:,} duplicates, 0 lost, "
        f"{len(dead):,} dead letters, {len(conditions):,} tickets",
    )
