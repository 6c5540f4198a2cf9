from odoo.tests import TransactionCase, tagged

from ...services.asset.devices import find_asset_by_identifier
from .common import DeviceMixin


@tagged("post_install", "-at_install")
class TestAssetIdentity(DeviceMixin, TransactionCase):
    """By which asset a device is taken, and what becomes of its identifiers."""

    def test_machine_installed_anew_keeps_its_asset_and_its_old_identifier(self):
        asset = self.register("id-1")
        self.assertEqual(self.register("id-2", minute=60), asset)
        self.assertEqual(asset.pulseway_id, "id-2")
        self.assertRecordValues(
            asset.identity_ids,
            [{"identifier": "id-2", "is_current": True}, {"identifier": "id-1", "is_current": False}],
        )
        self.assertEqual(find_asset_by_identifier(self.hub, "id-1"), asset)

    def test_late_message_of_the_old_installation_changes_nothing(self):
        asset = self.register("id-2", minute=60, name="NEW-NAME")
        self.assertEqual(self.register("id-1", minute=5), asset)
        self.assertRecordValues(asset, [{"name": "NEW-NAME", "pulseway_id": "id-2"}])

    def test_old_installation_that_lives_again_is_the_current_one(self):
        asset = self.register("id-1")
        self.register("id-2", minute=60)
        self.register("id-1", minute=120)
        self.assertEqual(asset.pulseway_id, "id-1")

    def test_old_entry_that_a_system_still_lists_changes_nothing(self):
        asset = self.register("id-1", is_scheduled=True)
        self.register("id-2", minute=60, name="NEW-NAME", is_scheduled=True)
        self.register("id-1", minute=60, is_scheduled=True)
        self.register("id-1", minute=75, is_scheduled=True)
        self.assertRecordValues(asset, [{"name": "NEW-NAME", "pulseway_id": "id-2"}])

    def test_old_entry_is_the_machine_again_once_the_other_one_is_gone(self):
        asset = self.register("id-1", is_scheduled=True)
        self.register("id-2", minute=60, is_scheduled=True)
        self.register("id-1", minute=60 + 8 * 24 * 60, is_scheduled=True)
        self.assertEqual(asset.pulseway_id, "id-1")

    def test_serial_of_one_asset_and_name_of_another_is_doubtful(self):
        by_serial = self.create_asset(name="OTHER", serial_number="5cg1234xyz ")
        by_name = self.create_asset()
        self.assert_doubtful(by_serial | by_name)

    def test_two_assets_with_the_serial_are_doubtful(self):
        twins = self.create_asset(name="A", serial_number="5CG1234XYZ") | self.create_asset(
            name="B", serial_number="5CG1234XYZ"
        )
        self.assert_doubtful(twins)

    def test_same_serial_at_another_client_is_doubtful(self):
        asset = self.create_asset(partner_id=self.other_client.id, serial_number="5CG1234XYZ")
        self.assert_doubtful(asset)

    def test_retired_twin_at_another_client_does_not_hold_up_the_one_here(self):
        self.create_asset(partner_id=self.other_client.id, serial_number="5CG1234XYZ", active=False)
        asset = self.create_asset(name="OTHER", serial_number="5CG1234XYZ")
        self.assertEqual(self.register(), asset)

    def test_name_of_a_device_that_is_alive_is_doubtful_without_a_serial(self):
        asset = self.register("id-1", serial_number="")
        self.assert_doubtful(asset, "id-2", serial_number="", minute=5)
        self.assert_doubtful(asset, "id-2", minute=5)

    def test_name_of_a_device_with_another_serial_is_another_device(self):
        asset = self.register("id-1")
        self.assertNotEqual(self.register("id-2", serial_number="OTHER"), asset)

    def test_name_of_an_unclaimed_asset_with_another_serial_is_doubtful(self):
        self.assert_doubtful(self.create_asset(serial_number="MISTYPED"))

    def test_name_of_an_asset_out_of_service_is_doubtful(self):
        self.assert_doubtful(self.create_asset(state="decommissioned"), serial_number="")

    def test_placeholder_serial_is_neither_kept_nor_compared(self):
        asset = self.register("id-1", serial_number="To Be Filled By O.E.M.")
        self.assertFalse(asset.serial_number)
        self.assertNotEqual(self.register("id-2", name="B", serial_number="Default string"), asset)
        self.assertNotEqual(self.register("id-3", name="C", serial_number="0000000"), asset)

    def test_id_typed_by_hand_is_a_current_identity(self):
        asset = self.create_asset(pulseway_id="id-1")
        self.assertRecordValues(asset.identity_ids, [{"identifier": "id-1", "is_current": True}])
        asset.pulseway_id = "id-2"
        self.assertEqual(asset.identity_ids.mapped("identifier"), ["id-2"])

    def test_id_that_was_told_stays_as_a_past_one_when_another_is_typed(self):
        asset = self.register("id-1")
        asset.pulseway_id = "id-2"
        self.assertEqual(asset.identity_ids.mapped("identifier"), ["id-2", "id-1"])
        self.assertEqual(find_asset_by_identifier(self.hub, "id-1"), asset)

    def test_asset_without_id_is_no_device(self):
        asset = self.register("id-1")
        asset.pulseway_id = False
        self.assertFalse(asset.identity_ids)
        self.assertFalse(find_asset_by_identifier(self.hub, "id-1"))

    def test_past_id_typed_on_another_asset_moves_there(self):
        first = self.register("id-1")
        self.register("id-2", minute=5)
        second = self.create_asset(name="OTHER")
        second.pulseway_id = "id-1"
        self.assertEqual(first.identity_ids.mapped("identifier"), ["id-2"])
        self.assertEqual(second.identity_ids.mapped("identifier"), ["id-1"])
        self.assertEqual((first.pulseway_id, second.pulseway_id), ("id-2", "id-1"))

    def test_same_id_of_another_monitoring_system_is_another_device(self):
        asset = self.create_asset(name="OTHER")
        identities = self.env["psa.asset.identity"]
        identities._adopt(self.connection, "other", {"id-1": asset.id})
        self.assertNotEqual(self.register("id-1"), asset)
