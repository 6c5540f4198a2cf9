from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from ..calls.common import VendorMixin
from ..common import new_test_user, trap_jobs
from ..vendor_simulator import Fault
from ..vendor_simulator.faults import RESET_AFTER
from ..vendor_simulator.pulseway import envelope

CREATE = "POST /pulseway/v3/organizations"


@tagged("post_install", "-at_install")
class TestHubClient(VendorMixin, TransactionCase):
    """New client companies are created at the vendors whose connection is set to do so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.technician = new_test_user(cls.env, login="terry", groups="psa_base.group_support")
        cls.pulseway.creates_organizations = True

    def create_client(self, name="O'Brien & Sons", **values):
        with trap_jobs():
            partners = self.env["res.partner"].with_user(self.administrator)
            return partners.create({"name": name, "is_company": True, **values})

    def list_messages(self, client):
        return self.env["psa.hub.outbox"].search([("res_model", "=", "res.partner"), ("res_id", "=", client.id)])

    def send(self):
        self.env.flush_all()
        outbox = self.env["psa.hub.outbox"].with_user(self.integration_user)
        with trap_jobs():
            outbox._send_due(self.pulseway.with_env(outbox.env))
        self.env.invalidate_all()

    def link_of(self, client):
        return self.env["psa.hub.organization"].search([("partner_id", "=", client.id)])

    def test_new_client_is_created_at_the_vendor_and_linked(self):
        client = self.create_client()
        self.assertFalse(self.simulator.find_calls(), "a save waits for nobody")
        self.send()
        self.assertEqual(self.simulator.pulseway.created_names, ["O'Brien & Sons"])
        self.assertEqual(self.link_of(client).external_id, str(self.simulator.pulseway.organizations[0]["Id"]))
        self.assertIn("knows this client as organization", client.message_ids[0].body)

    def test_client_that_the_vendor_has_already_is_linked(self):
        identifier = self.simulator.pulseway.add_organization("o'brien  & SONS")
        self.simulator.pulseway.add_organization("Somebody else")
        client = self.create_client("O'Brien & Sons")
        # A server that ignores the filter answers with all organizations.
        self.simulator.pulseway._list = lambda request, rows: envelope(rows, len(rows))
        self.send()
        self.assertEqual(self.link_of(client).external_id, str(identifier))
        self.assertFalse(self.simulator.pulseway.created_names)

    def test_creation_of_unknown_outcome_is_looked_up_before_any_repeat(self):
        client = self.create_client()
        self.simulator.fail(CREATE, RESET_AFTER)
        self.send()
        message = self.list_messages(client)
        self.assertRecordValues(message, [{"state": "waiting", "is_unsure": True}])
        with trap_jobs():
            message.with_user(self.dispatcher).action_replay()
        self.send()
        self.assertEqual(self.simulator.pulseway.created_names, ["O'Brien & Sons"])
        self.assertTrue(self.link_of(client))

    def test_vendor_that_creates_nothing_leaves_a_note_that_says_what_to_do(self):
        for status in (403, 404, 405):
            with self.subTest(status=status):
                client = self.create_client(f"Client {status}")
                self.simulator.fail(CREATE, Fault("status", status=status))
                self.send()
                self.assertEqual(self.list_messages(client).state, "dead")
                self.assertIn("Create it there by hand", client.message_ids[0].body)

    def test_button_on_the_client_tries_again(self):
        client = self.create_client()
        self.simulator.fail(CREATE, Fault("status", status=405))
        self.send()
        client = client.with_user(self.dispatcher)
        self.assertTrue(client.lacks_organization)
        with trap_jobs():
            client.action_create_organization()
        self.send()
        self.assertEqual(len(self.list_messages(client)), 1)
        self.assertTrue(self.link_of(client))
        client.invalidate_recordset()
        self.assertFalse(client.lacks_organization)

    def test_arrival_that_a_person_confirms_tells_no_id_and_links_nothing(self):
        client = self.create_client()
        message = self.list_messages(client).with_user(self.dispatcher)
        message._update_state(("waiting",), "dead", is_unsure=True)
        with trap_jobs():
            message.action_confirm_arrival()
        self.send()
        self.assertEqual(message.state, "sent")
        self.assertFalse(self.env["psa.hub.organization"].search([("connection_id", "=", self.pulseway.id)]))
        self.assertIn("Enter its ID under Integrations, Organizations", client.message_ids[0].body)
        self.assertTrue(client.with_user(self.dispatcher).lacks_organization)

    def ask_again(self, client):
        with trap_jobs():
            action = client.with_user(self.dispatcher).action_create_organization()
        self.send()
        return action["params"]["message"]

    def test_client_whose_creation_was_cancelled_is_asked_for_again(self):
        client = self.create_client()
        for _each in range(2):
            self.list_messages(client)[0].with_user(self.dispatcher).action_cancel()
            with trap_jobs():
                client.with_user(self.dispatcher).action_create_organization()
        self.send()
        self.assertEqual(self.list_messages(client).mapped("state"), ["sent", "cancelled", "cancelled"])
        self.assertEqual(self.simulator.pulseway.created_names, ["O'Brien & Sons"])
        self.assertTrue(self.link_of(client))

    def test_client_whose_link_was_removed_is_looked_up_again_and_made_once(self):
        client = self.create_client()
        self.send()
        self.link_of(client).sudo().partner_id = False
        self.assertIn("Pulseway", self.ask_again(client))
        self.assertEqual(self.simulator.pulseway.created_names, ["O'Brien & Sons"])
        self.assertTrue(self.link_of(client))

    def test_only_vendors_for_which_something_was_started_are_named(self):
        client = self.create_client()
        self.env["psa.hub.connection"].create(
            {"name": "Second", "adapter": "pulseway", "team_id": self.team.id, "creates_organizations": True}
        )
        self.assertIn("known to Second.", self.ask_again(client))
        with self.assertRaisesRegex(UserError, "already"):
            self.ask_again(client)

    def test_several_of_the_name_are_for_a_person_to_choose_from(self):
        for _each in range(2):
            self.simulator.pulseway.add_organization("O'Brien & Sons")
        client = self.create_client()
        self.send()
        self.assertRecordValues(self.list_messages(client), [{"state": "dead", "error_class": "needs_person"}])

    def test_organization_of_another_client_is_not_taken_from_it(self):
        identifier = self.simulator.pulseway.add_organization("O'Brien & Sons")
        link = self.env["psa.hub.organization"].create(
            {
                "connection_id": self.pulseway.id,
                "external_id": str(identifier),
                "name": "O'Brien & Sons",
                "partner_id": self.client.id,
            }
        )
        client = self.create_client()
        self.send()
        self.assertEqual(link.partner_id, self.client)
        self.assertIn("belongs to Northwind", client.message_ids[0].body)

    def test_only_companies_are_told_and_only_where_it_is_wanted(self):
        contact = self.create_client("Kim", is_company=False)
        branch = self.create_client("Branch", parent_id=self.client.id)
        self.pulseway.creates_organizations = False
        unwanted = self.create_client("Quiet")
        for partner in (contact, branch, unwanted):
            self.assertFalse(self.list_messages(partner))

    def test_technician_may_not_create_organizations(self):
        with self.assertRaises(AccessError):
            self.client.with_user(self.technician).action_create_organization()

    def test_suggestions_are_clients_of_the_same_name_that_are_free(self):
        partners = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Acme", "Twice", "twice", "Taken")]
        )
        organizations = self.env["psa.hub.organization"].create(
            [
                {"connection_id": self.pulseway.id, "external_id": str(number), "name": name}
                for number, name in enumerate(("ACME", "Twice", "Unknown", "northwind dental", "Taken"))
            ]
        )
        self.env["psa.hub.organization"].create(
            {
                "connection_id": self.pulseway.id,
                "external_id": "t",
                "name": "Taken before",
                "partner_id": partners[3].id,
            }
        )
        organizations = organizations.with_user(self.dispatcher)
        organizations.action_link_suggestion()
        none = self.env["res.partner"]
        self.assertEqual([row.partner_id for row in organizations], [partners[0], none, none, self.client, none])

    def test_clear_suggestions_are_linked_and_those_for_one_client_are_left_to_a_person(self):
        acme, _other = self.env["res.partner"].create([{"name": name, "is_company": True} for name in ("Acme", "Twin")])
        organizations = self.env["psa.hub.organization"].create(
            [
                {"connection_id": self.pulseway.id, "external_id": str(number), "name": name}
                for number, name in enumerate(("Acme", "Twin", "twin"))
            ]
        )
        organizations = organizations.with_user(self.dispatcher)
        action = organizations.action_link_suggestion()
        none = self.env["res.partner"]
        self.assertEqual([row.partner_id for row in organizations], [acme, none, none])
        self.assertIn("Twin, twin", action["params"]["message"])
