from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ...adapters.facts import Device
from ...services.asset.devices import find_asset_by_identifier, register_device, upsert_devices
from .common import DeviceMixin

HOSTNAMES = ("SRV-01", "srv-01", "LT-02")
PROPERTY = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


@dataclass(frozen=True)
class Told:
    """What a machine says at a minute: its installation (a new one has a new identifier) and its name then."""

    machine: int
    installation: int
    hostname: str
    minute: int

    @property
    def identifier(self):
        return f"m{self.machine}-i{self.installation}"


@st.composite
def lives(draw, machines=3, words=4):
    """What some machines say over time, each installation after the one before, as it arrives: shuffled, repeated."""
    told = []
    for machine in range(draw(st.integers(1, machines))):
        installation = 0
        for minute in range(draw(st.integers(1, words))):
            installation += draw(st.integers(0, 1))
            told.append(Told(machine, installation, draw(st.sampled_from(HOSTNAMES)), 10 * minute + machine))
    repeated = told + draw(st.lists(st.sampled_from(told), max_size=4))
    return draw(st.permutations(repeated))


@tagged("post_install", "-at_install", "heavy")
class TestDeviceMatch(DeviceMixin, TransactionCase):
    """One machine is one asset, whatever the order and repetition of what it tells."""

    @contextmanager
    def _example(self):
        """Each example starts from nothing and leaves nothing."""
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.env.invalidate_all()

    def _make_device(self, told, serial=True):
        return Device(
            identifier=told.identifier,
            name=told.hostname,
            group="Northwind Dental",
            os_info=f"Windows, as of {told.minute}",
            serial_number=f"SN-{told.machine}" if serial else "",
        )

    def _get_assets(self):
        self.env.invalidate_all()
        return self.env["psa.asset"].with_context(active_test=False).search([("partner_id", "=", self.client.id)])

    @given(lives())
    @PROPERTY
    def test_machines_with_serial_numbers_end_in_one_asset_each(self, arrivals):
        with self._example():
            for told in arrivals:
                register_device(self.hub, self._make_device(told), self.START + timedelta(minutes=told.minute))
            self._assert_as_told_last(arrivals)

    def _assert_as_told_last(self, arrivals):
        latest = {}
        for told in arrivals:
            if told.machine not in latest or told.minute >= latest[told.machine].minute:
                latest[told.machine] = told
        assets = {asset.serial_number: asset for asset in self._get_assets()}
        self.assertEqual(len(assets), len(self._get_assets()))
        self.assertEqual(
            {serial: (asset.name, asset.pulseway_id, asset.os_info) for serial, asset in assets.items()},
            {
                f"SN-{told.machine}": (told.hostname, told.identifier, f"Windows, as of {told.minute}")
                for told in latest.values()
            },
        )
        for told in arrivals:
            found = find_asset_by_identifier(self.hub, told.identifier)
            self.assertEqual(found, assets[f"SN-{told.machine}"])

    @given(lives(), st.data())
    @PROPERTY
    def test_machines_without_serial_numbers_are_never_guessed(self, arrivals, data):
        with self._example():
            machines = {told.machine for told in arrivals}
            with_serial = data.draw(st.sets(st.sampled_from(sorted(machines))))
            for told in arrivals:
                upsert_devices(
                    self.hub,
                    [self._make_device(told, serial=told.machine in with_serial)],
                    self.START + timedelta(minutes=told.minute),
                    is_scheduled=False,
                )
            owners = defaultdict(set)
            for told in arrivals:
                if asset := find_asset_by_identifier(self.hub, told.identifier):
                    owners[asset].add(told.machine)
            self.assertEqual({len(machines) for machines in owners.values()}, {1}, "an asset of two machines")

    @given(lives(machines=4, words=3))
    @PROPERTY
    def test_chunk_does_what_one_after_the_other_does(self, arrivals):
        with self._example():
            last = {told.identifier: told for told in arrivals}
            devices = [self._make_device(told) for told in last.values()]
            upsert_devices(self.hub, devices, self.START)
            first = self._describe(last)
            again = upsert_devices(self.hub, devices, self.START + timedelta(minutes=10))
            self.assertEqual((again.created, again.updated, again.letters), (0, 0, []))
            self.assertEqual(self._describe(last), first)
            self.assertEqual(len(self._get_assets()), len({told.machine for told in arrivals}))

    def _describe(self, told):
        self.env.invalidate_all()
        return {
            identifier: (asset.id, asset.name, asset.pulseway_id)
            for identifier in told
            for asset in find_asset_by_identifier(self.hub, identifier)
        }
