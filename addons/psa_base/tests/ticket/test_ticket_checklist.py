from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestTicketChecklist(PsaCase):
    """Things to do on a ticket, the vendor it waits for, and who may know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(stage=cls.triage, user_id=cls.support.id)
        cls.items = (
            cls.env["psa.ticket.checklist.item"]
            .with_user(cls.support)
            .create([{"ticket_id": cls.ticket.id, "name": name} for name in ("Back up", "Replace", "Test")])
        )

    def test_tick_says_who_and_when(self):
        with self.clock_at("2026-01-05 09:00:00"):
            self.items[0].is_done = True
        self.assertEqual((self.items[0].done_by_id, str(self.items[0].done_at)), (self.support, "2026-01-05 09:00:00"))
        self.assertEqual(self.ticket.checklist_progress, "1 of 3")
        self.items[0].with_user(self.operations).is_done = True
        self.assertEqual(self.items[0].done_by_id, self.support)
        self.items[0].is_done = False
        self.assertFalse(self.items[0].done_by_id or self.items[0].done_at)

    def test_nobody_signs_for_somebody_else(self):
        forged = {"done_by_id": self.support_colleague.id, "done_at": "2020-01-01 00:00:00"}
        self.items[0].write({"is_done": True, **forged})
        self.assertEqual(self.items[0].done_by_id, self.support)
        self.assertNotEqual(str(self.items[0].done_at), "2020-01-01 00:00:00")
        self.items[0].done_by_id = self.support_colleague
        self.assertEqual(self.items[0].done_by_id, self.support)

    def test_form_ticks(self):
        with Form(self.ticket) as form:
            with form.checklist_item_ids.edit(1) as line:
                line.is_done = True
            with form.checklist_item_ids.new() as line:
                line.name = "Tell the client"
        self.assertEqual(self.ticket.checklist_progress, "1 of 4")

    def test_gate_waits_for_the_last_item(self):
        self.add_gate(
            self.triage, self.in_progress, kind="check", check_name="checklist_done", message="Do the checklist first."
        )
        with self.assertRaisesRegex(UserError, "Do the checklist first. Still open on the checklist: 3."):
            self.ticket.stage_id = self.in_progress
        [item] = self.ticket.get_next_stages()[0]["items"]
        self.assertIn("Still open on the checklist: 3.", item["message"])
        self.assertEqual(item["fix"]["field"], "checklist_item_ids")
        self.items.is_done = True
        self.ticket.stage_id = self.in_progress
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_ticket_without_a_checklist_passes_the_gate(self):
        self.add_gate(self.triage, self.in_progress, kind="check", check_name="checklist_done")
        ticket = self.create_ticket(stage=self.triage)
        ticket.stage_id = self.in_progress
        self.assertEqual(ticket.stage_id, self.in_progress)

    def test_copy_starts_with_nothing_done(self):
        self.items.is_done = True
        copy = self.ticket.copy()
        self.assertEqual(copy.checklist_progress, "0 of 3")
        self.assertFalse(copy.checklist_item_ids.done_by_id)

    def test_other_teams_and_clients_do_not_see_it(self):
        other = self.create_ticket(team_id=self.free_team.copy({"user_ids": False}).id).sudo()
        item = self.env["psa.ticket.checklist.item"].create({"ticket_id": other.id, "name": "Secret"})
        with self.assertRaises(AccessError):
            item.with_user(self.support).read(["name"])
        ticket = self.ticket.with_user(self.client_user)
        hidden = {"checklist_item_ids", "checklist_progress", "vendor_id", "vendor_reference", "estimated_hours"}
        self.assertFalse(hidden & ticket.fields_get().keys())
        for name in ("checklist_item_ids", "vendor_id", "timer_due_ids", "template_id"):
            with self.subTest(name), self.assertRaises(AccessError):
                ticket.read([name])
            with self.subTest(name), self.assertRaises(AccessError):
                ticket.search([(name, "ilike", "a")])

    def test_vendor_is_asked_for_where_the_ticket_waits_and_one_move_before(self):
        self.in_progress.is_waiting_for_vendor = True
        self.assertTrue(self.ticket.is_vendor_asked)
        fresh = self.create_ticket()
        self.assertFalse(fresh.is_vendor_asked)
        with Form(self.ticket) as form:
            form.vendor_id = self.other_company
            form.vendor_reference = "BG-1"
        self.assertEqual(self.ticket.search([("vendor_reference", "=", "BG-1")]), self.ticket)
