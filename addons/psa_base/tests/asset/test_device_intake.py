from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...adapters.facts import Device
from ...services.asset.devices import find_unchanged_devices, upsert_devices
from ..queries import count_queries
from .common import DeviceMixin

MANY = 4000


@tagged("post_install", "-at_install")
class TestDeviceIntake(DeviceMixin, TransactionCase):
    """Many devices at once: numbers that are true, and statements that do not grow with the devices."""

    def _count_queries(self, count, minute, values):
        return count_queries(self.env, lambda: self._tell(count, minute, **values))

    def _make_many(self):
        """Devices that are known, as the database has them after a first poll."""
        self.env.cr.execute(
            SQL(
                """
                WITH asset AS (
                    INSERT INTO psa_asset
                        (name, serial_number, os_info, pulseway_id, partner_id, company_id, state, active, last_audit)
                    SELECT 'PC-' || n, 'SN-' || n, 'Windows 11', 'many-' || n, %(client)s, %(company)s, 'active', true,
                           %(at)s
                      FROM generate_series(1, %(count)s) AS n
                 RETURNING id, company_id, pulseway_id
                )
                INSERT INTO psa_asset_identity
                    (asset_id, company_id, source, identifier, is_current, connection_id, first_seen_at, last_seen_at)
                SELECT id, company_id, 'rmm', pulseway_id, true, %(connection)s, %(at)s, %(at)s FROM asset
                """,
                client=self.client.id,
                company=self.env.company.id,
                connection=self.connection.id,
                count=MANY,
                at=self.START,
            )
        )

    def _count_assets_read_in_passing(self):
        """How many assets this transaction has read by going through their table from end to end."""
        self.env.cr.execute("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'psa_asset'")
        return self.env.cr.fetchone()[0]

    def _tell(self, count, minute, **values):
        devices = [
            Device(
                f"many-{n}",
                **{"name": f"PC-{n}", "group": "Northwind Dental", "serial_number": f"SN-{n}", "os_info": "Windows 11"}
                | values,
            )
            for n in range(1, count + 1)
        ]
        return upsert_devices(self.hub, devices, self.START + timedelta(minutes=minute))

    def test_queries_do_not_grow_with_devices_that_change_nothing_or_their_system(self):
        self._make_many()
        self._tell(10, 1)
        for minutes, values in (((10, 11), {}), ((120, 181), {}), ((300, 361), {"os_info": "Windows 12"})):
            half = self._count_queries(MANY // 2, minutes[0], values)
            whole = self._count_queries(MANY, minutes[1], values)
            self.assertLessEqual(whole, half, values)
            self.assertLess(whole, 15)

    def test_new_devices_are_looked_up_without_reading_all_assets(self):
        """PostgreSQL knows that all assets are of one company, and nothing of the serial numbers in a partial index."""
        self._make_many()
        self.env.cr.execute("ANALYZE psa_asset")
        devices = [Device(f"new-{n}", f"NEW-{n}", "Northwind Dental", serial_number=f"NEW-SN-{n}") for n in range(100)]
        before = self._count_assets_read_in_passing()
        result = upsert_devices(self.hub, devices, self.START)
        self.assertEqual(result.created, len(devices))
        self.assertLess(self._count_assets_read_in_passing() - before, MANY)

    def test_numbers_say_what_happened(self):
        result = self._tell(3, 0, os_info="Windows 10")
        self.assertEqual((result.created, result.updated, result.unchanged), (3, 0, 0))
        result = self._tell(3, 5, os_info="Windows 10")
        self.assertEqual((result.created, result.updated, result.unchanged), (0, 0, 3))
        result = self._tell(4, 10, os_info="Windows 11")
        self.assertEqual((result.created, result.updated, result.unchanged), (1, 3, 0))
        self.assertEqual(set(result.asset_ids), {"many-1", "many-2", "many-3", "many-4"})

    def test_value_that_went_another_way_here_is_repaired(self):
        asset = self.register()
        rule = self.env.ref("psa_base.psa_hub_ownership_asset_hostname")
        rule.master = "manual"
        asset.name = "DRIFTED"
        rule.master = "monitoring"
        result = self.upsert(minute=5, is_scheduled=True)
        self.assertEqual((result.repaired, result.updated), (1, 0))
        self.assertEqual(asset.name, "SRV-FS01")

    def test_device_twice_in_a_chunk_is_one(self):
        device = Device("id-1", "SRV-FS01", "Northwind Dental")
        result = upsert_devices(self.hub, [device, device], self.START)
        self.assertEqual((result.created, len(result.asset_ids)), (1, 1))

    def test_device_that_nobody_can_settle_does_not_hold_up_the_others(self):
        good, lost = Device("id-1", "A", "Northwind Dental"), Device("id-2", "B", "Nobody's group")
        result = upsert_devices(self.hub, [lost, good], self.START)
        self.assertEqual(result.created, 1)
        self.assertEqual([(device, letter.mend) for device, letter in result.letters], [(lost, "map_client")])

    def test_audit_time_is_the_systems_own_where_it_tells_one(self):
        online_at = self.START - timedelta(days=3)
        asset = self.register(seen_at=online_at)
        self.assertEqual(asset.last_audit, online_at)
        self.register(seen_at=online_at, minute=600)
        self.assertEqual(asset.last_audit, online_at)
        self.assertEqual(asset.last_told_at, self.START + timedelta(minutes=600))

    def test_maintenance_at_monitoring_is_kept(self):
        asset = self.register(in_maintenance=True)
        self.assertTrue(asset.is_in_maintenance)
        self.register(minute=1)
        self.assertTrue(asset.is_in_maintenance)
        self.register(in_maintenance=False, minute=2)
        self.assertFalse(asset.is_in_maintenance)
        self.assertEqual(asset.state, "active")

    def test_decommissioned_device_says_once_that_it_is_back(self):
        asset = self.register()
        with freeze_time(self.START + timedelta(minutes=5)):
            asset.action_decommission()
        for minute in (10, 20, 30):
            self.register(os_info="Windows 12", minute=minute)
        notes = asset.message_ids.filtered(lambda note: "although it is decommissioned" in note.body)
        self.assertEqual(len(notes), 1)
        self.assertRecordValues(asset, [{"state": "decommissioned", "os_info": False}])

    def test_missing_devices_are_those_the_poll_has_not_seen(self):
        gone, retired = self.register("id-1"), self.register("id-2", name="B", serial_number="B")
        retired.action_decommission()
        here = self.register("id-3", name="C", serial_number="C", minute=60)
        since = self.START + timedelta(minutes=30)
        found = self.env["psa.asset"].search(self.env["psa.asset"]._get_missing_domain(self.connection, since))
        self.assertIn(gone, found)
        self.assertFalse(found & (retired | here))

    def test_unchanged_devices_are_found_until_the_first_one_with_news(self):
        asset = self.register(os_info="Windows 11")
        same = {"name": "SRV-FS01", "group": "Northwind Dental", "serial_number": "5CG1234XYZ"}
        at = self.START + timedelta(minutes=5)
        told = [
            ("first", Device("id-1", **same), at),
            ("news", Device("id-1", **same, os_info="Windows 12"), at),
            ("after", Device("id-1", **same, os_info="Windows 11"), at),
            ("unknown", Device("id-2", **same), at),
        ]
        self.assertEqual(find_unchanged_devices(self.hub, told), {"first": asset.id})
        self.env.invalidate_all()
        self.assertEqual(asset.last_told_at, at)
        self.assertEqual(asset.os_info, "Windows 11")

    def test_device_of_another_client_is_not_unchanged(self):
        self.register()
        moved = Device("id-1", "SRV-FS01", "Fabrikam", serial_number="5CG1234XYZ")
        self.assertFalse(find_unchanged_devices(self.hub, [("key", moved, self.START)]))
