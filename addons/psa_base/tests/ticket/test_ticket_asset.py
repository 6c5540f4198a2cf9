from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestTicketAsset(PsaCase):
    """A ticket is about a device of its own client, or about none."""

    def test_asset_of_the_client_is_accepted(self):
        ticket = self.create_ticket(asset_id=self.asset.id)
        self.assertEqual(ticket.asset_id, self.asset)
        self.assertEqual(ticket.partner_id, self.contact)

    def test_asset_of_another_client_is_refused(self):
        with self.assertRaises(ValidationError):
            self.create_ticket(asset_id=self.other_asset.id)
        ticket = self.create_ticket()
        with self.assertRaisesRegex(ValidationError, "an asset of Blue Gum Legal, not of Harbour Dental"):
            ticket.asset_id = self.other_asset

    def test_ticket_that_changes_to_another_client_is_refused(self):
        ticket = self.create_ticket(asset_id=self.asset.id)
        with self.assertRaises(ValidationError):
            ticket.partner_id = self.other_company

    def test_asset_that_changes_client_is_refused_while_it_has_tickets(self):
        self.other_asset.partner_id = self.client_company
        self.assertEqual(self.other_asset.partner_id, self.client_company)
        self.create_ticket(asset_id=self.asset.id)
        self.env.flush_all()
        with self.assertRaisesRegex(ValidationError, "has tickets of Harbour Dental"):
            self.asset.partner_id = self.other_company

    def test_asset_fills_in_the_client_of_a_ticket_without_one(self):
        values = {"name": "By asset", "description": "Text", "asset_id": self.asset.id}
        ticket = self.env["helpdesk.ticket"].with_user(self.support).create(values)
        self.assertEqual(ticket.partner_id, self.client_company)
        ticket = self.create_ticket(partner_id=False)
        ticket.asset_id = self.other_asset
        self.assertEqual(ticket.partner_id, self.other_company)

    def test_asset_chosen_in_the_form_fills_in_the_client(self):
        with Form(self.create_ticket(partner_id=False)) as form:
            form.asset_id = self.asset
            self.assertEqual(form.partner_id, self.client_company)
            form.asset_id = self.env["psa.asset"]
            self.assertEqual(form.partner_id, self.client_company)

    def test_decommissioned_or_archived_asset_keeps_its_tickets_readable(self):
        ticket = self.create_ticket(asset_id=self.asset.id)
        self.asset.action_decommission()
        self.asset.active = False
        ticket.invalidate_recordset()
        self.assertEqual(ticket.asset_id.display_name, "HD-RECEPTION")
        ticket.description = "Still editable"
        self.assertEqual(ticket.with_user(self.client_user).asset_id.name, "HD-RECEPTION")
