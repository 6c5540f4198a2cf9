from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestAsset(PsaCase):
    """A device's way from service to scrap, and what it counts for on the way."""

    def test_device_that_leaves_service_is_no_seat(self):
        asset = self.asset.with_user(self.support)
        self.assertTrue(asset.subscription_active)
        asset.action_start_maintenance()
        self.assertFalse(asset.subscription_active)
        asset.action_reactivate()
        asset.action_decommission()
        self.assertEqual(asset.state, "decommissioned")
        self.assertFalse(asset.subscription_active)

    def test_button_of_another_state_is_refused(self):
        self.asset.action_decommission()
        with self.assertRaisesRegex(UserError, "HD-RECEPTION is “Decommissioned”"):
            self.asset.with_user(self.support).action_start_maintenance()

    def test_archived_device_is_no_seat(self):
        self.other_asset.active = False
        assets = self.asset | self.other_asset
        in_these = [("id", "in", assets.ids), ("active", "in", [True, False])]
        for value, expected in ((True, self.asset), (False, self.other_asset)):
            found = assets.search([("subscription_active", "=", value), *in_these])
            self.assertEqual(found, expected)

    def test_asset_of_a_contact_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "must belong to the company Harbour Dental"):
            self.asset.partner_id = self.contact

    def test_tickets_are_counted_and_shown(self):
        self.create_ticket(asset_id=self.asset.id)
        asset = self.asset.with_user(self.support)
        self.assertEqual((asset.ticket_count, self.other_asset.ticket_count), (1, 0))
        action = asset.action_view_tickets()
        self.assertEqual(self.env[action["res_model"]].search_count(action["domain"]), 1)

    def test_assets_of_the_company_are_shown_on_its_contacts(self):
        contact = self.contact.with_user(self.support)
        self.assertEqual(contact.asset_count, 1)
        action = contact.action_view_assets()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), self.asset)
