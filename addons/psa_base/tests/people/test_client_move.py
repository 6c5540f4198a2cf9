from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...services.api.view import describe_tickets
from ..common import PsaCase, new_test_user


@tagged("post_install", "-at_install")
class TestClientMove(PsaCase):
    """A person of a client goes to another client; what they reported stays with the one that it was reported for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.newcomer = new_test_user(cls.env, login="psa_test_new_employer", groups="psa_base.group_client")
        cls.newcomer.partner_id.parent_id = cls.other_company

    def move(self, people, **values):
        people.with_user(self.admin).write({"parent_id": self.other_company.id, **values})
        self.env.invalidate_all()

    def test_ticket_stays_with_the_client_and_says_who_reported_it(self):
        ticket = self.create_ticket(asset_id=self.asset.id)
        [before] = describe_tickets(ticket)
        self.move(self.contact)
        self.assertEqual(self.contact.commercial_partner_id, self.other_company)
        self.assertEqual(ticket.commercial_partner_id, self.client_company)
        [after] = describe_tickets(ticket)
        self.assertEqual(after["contact"], before["contact"])
        self.assertEqual(after["contact"]["name"], "Kim Tran")

    def test_only_the_former_employer_reads_the_ticket(self):
        tickets = self.create_ticket() | self.create_ticket(partner_id=self.client_user.partner_id.id)
        # as a follower she would take all of them along
        tickets.message_subscribe(self.contact.ids)
        self.move(self.contact)
        tickets.with_user(self.client_user).read(["name"])
        self.assertFalse(self.env["helpdesk.ticket"].with_user(self.newcomer).search([]))
        with self.assertRaises(AccessError):
            tickets.with_user(self.newcomer).read(["name"])

    def test_closed_and_archived_tickets_stay_too(self):
        tickets = self.create_ticket(self.closed) | self.create_ticket(active=False)
        self.move(self.contact)
        self.assertEqual(tickets.commercial_partner_id, self.client_company)

    def test_what_the_ticket_says_of_the_person_is_kept(self):
        ticket = self.create_ticket(partner_name="Kim at the counter")
        self.move(self.contact)
        self.assertRecordValues(
            ticket, [{"partner_name": "Kim at the counter", "partner_email": "kim@harbourdental.example"}]
        )

    def test_people_below_a_contact_move_with_it(self):
        branch = self.env["res.partner"].create({"name": "Branch", "parent_id": self.client_company.id})
        self.contact.parent_id = branch
        ticket = self.create_ticket()
        self.move(branch)
        self.assertEqual(self.contact.commercial_partner_id, self.other_company)
        self.assertEqual(ticket.commercial_partner_id, self.client_company)

    def test_person_who_leaves_for_nobody_leaves_the_tickets(self):
        ticket = self.create_ticket()
        self.move(self.contact, parent_id=False)
        self.assertEqual(ticket.commercial_partner_id, self.client_company)

    def test_person_without_a_company_takes_the_tickets_into_one(self):
        """Who writes for the first time is nobody's, until somebody says whose."""
        stranger = self.env["res.partner"].create({"name": "Sam", "email": "sam@bluegum.example"})
        ticket = self.create_ticket(partner_id=stranger.id)
        self.move(stranger)
        self.assertRecordValues(ticket, [{"partner_id": stranger.id, "commercial_partner_id": self.other_company.id}])

    def test_edit_that_moves_nobody_leaves_everything(self):
        ticket = self.create_ticket()
        self.move(self.contact, parent_id=self.client_company.id, name="Kim Tran-Jones")
        self.assertEqual(ticket.partner_id, self.contact)

    def test_recurring_tickets_stay_with_the_client(self):
        template = self.env["psa.ticket.template"].create(
            {"name": "Check", "team_id": self.team.id, "title": "Check", "description": "We check it."}
        )
        recurrence = self.env["psa.ticket.recurrence"].create(
            {
                "name": "Monthly check",
                "template_id": template.id,
                "partner_id": self.contact.id,
                "asset_ids": [Command.set(self.asset.ids)],
                "start_on": "2026-01-01",
            }
        )
        self.move(self.contact)
        self.assertEqual(recurrence.commercial_partner_id, self.client_company)

    def test_administrator_of_a_client_is_none_of_the_next_one(self):
        administrator = self.client_user
        administrator.partner_id.with_user(self.operations).action_grant_api_access()
        self.assertTrue(administrator.partner_id.manages_api_access)
        self.move(administrator.partner_id)
        self.assertFalse(administrator.has_group("psa_base.group_client_admin"))
        self.assertFalse(administrator.partner_id.manages_api_access)
        self.assertTrue(administrator.has_group("psa_base.group_client"))
        self.assertIn("API access", administrator.partner_id.message_ids[0].body)
