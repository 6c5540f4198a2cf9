from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...services.escalation.sweep import sweep
from ..common import PsaCase, trap_jobs
from .common import SlaMixin

BREACHED, LATER = "2026-07-06 03:00:00", "2026-07-06 09:30:00"


@tagged("post_install", "-at_install")
class TestSlaBreach(SlaMixin, PsaCase):
    """A missed target asks for a reason; reasons are entries that nobody changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reasons = cls.env["psa.sla.breach.reason"]
        cls.parts, cls.other = reasons.create(
            [
                {"name": "Waiting for parts", "code": "TEST_PARTS"},
                {"name": "Something else", "code": "TEST_OTHER", "note_required": True},
            ]
        )
        cls.ticket = cls.create_ticket(user_id=cls.support.id)
        cls.plan(cls.ticket, [(BREACHED, None)])

    def setUp(self):
        super().setUp()
        self.sweep(LATER)
        self.breach = self.ticket.sla_breach_ids

    def activities(self):
        type_ = self.env.ref("psa_base.mail_activity_type_breach")
        return self.ticket.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == type_)

    def test_breach_tells_how_the_ticket_stood(self):
        breach = self.breach
        self.assertEqual((breach.team_id, breach.user_id), (self.team, self.support))
        self.assertEqual((breach.sla_id, breach.partner_id), (self.slas["client"], self.client_company))
        self.assertEqual(str(breach.breached_at), BREACHED)

    def test_assignee_is_asked_once(self):
        self.assertEqual(self.activities().user_id, self.support)
        self.deliver()
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(self.ticket.unexplained_breach_count, 1)

    def test_no_more_are_taken_up_than_were_asked_for(self):
        for _number in range(5):
            self.plan(self.create_ticket(user_id=self.support.id), [(BREACHED, None)])
        with self.clock_at(LATER), trap_jobs():
            sweep(self.env)
        self.assertEqual([len(self.breach.sudo()._ask_pending(2)) for _step in range(4)], [2, 2, 1, 0])

    def test_reason_settles_it(self):
        wizard = self.env["psa.sla.breach.explain"].with_user(self.support)
        action = self.ticket.action_explain_breaches()
        with Form(wizard.with_context(**action["context"])) as form:
            form.reason_id = self.parts
        form.save().action_explain()
        self.assertEqual(self.breach.reason_id, self.parts)
        self.assertEqual(self.breach.explained_by_id, self.support)
        self.assertEqual(self.ticket.unexplained_breach_count, 0)
        self.assertFalse(self.activities().filtered("active"))

    def test_correction_is_another_entry(self):
        self.breach._explain(self.parts)
        self.breach.with_user(self.operations)._explain(self.other, "The truck broke down")
        self.assertEqual(self.breach.reason_id, self.other)
        entries = self.breach.entry_ids.sorted("id")
        self.assertEqual(entries.reason_id, self.parts | self.other)
        self.assertEqual(entries.user_id, self.support | self.operations)
        with self.assertRaises(UserError):
            entries[0].sudo().write({"note": "Never mind"})

    def test_reason_that_needs_a_note_gets_one(self):
        with self.assertRaisesRegex(UserError, "asks for a note"):
            self.breach._explain(self.other, "  ")

    def test_who_does_not_work_on_the_ticket_does_not_explain(self):
        for user in (self.accounts, self.client_user):
            with self.assertRaises(AccessError):
                self.breach.with_user(user)._explain(self.parts)
            self.assertFalse(self.breach.reason_id)

    def test_gate_holds_until_the_breach_is_explained(self):
        self.add_gate(
            self.request, self.triage, kind="check", check_name="breach_explained", message="Say why it was late."
        )
        ticket = self.ticket.with_user(self.operations)
        with self.assertRaisesRegex(UserError, "Say why it was late"):
            ticket.stage_id = self.triage
        self.breach._explain(self.parts)
        ticket.stage_id = self.triage
        self.assertEqual(ticket.stage_id, self.triage)

    def test_breach_that_nobody_has_noticed_yet_holds_the_gate(self):
        ticket = self.create_ticket()
        self.plan(ticket, [(BREACHED, None)], breached_at=BREACHED)
        self.assertFalse(ticket._lifecycle_check_breach_explained())
        self.assertTrue(self.create_ticket()._lifecycle_check_breach_explained())

    def test_recalculation_withdraws_a_breach_that_was_none(self):
        self.plan(self.ticket, [("2026-07-08 00:00:00", None)])
        self.env["psa.sla.breach"]._withdraw_for(self.ticket)
        self.assertTrue(self.breach.withdrawn_at)
        self.assertEqual(self.ticket.unexplained_breach_count, 0)
        self.sweep("2026-07-09 00:00:00")
        self.assertFalse(self.breach.withdrawn_at)
        self.assertEqual(str(self.breach.breached_at), "2026-07-08 00:00:00")

    def test_breach_outlives_another_priority_and_every_change_of_rules(self):
        """A lower priority after the breach does not undo it."""
        self.team.write({"use_sla": True, "resource_calendar_id": False})
        quick = self.slas["client"].copy({"hours": 1, "priority": "3"})
        with self.clock_at("2026-07-06 00:00:00"):
            ticket = self.create_ticket(priority="3")
        self.sweep("2026-07-06 02:00:00")
        breach = ticket.sla_breach_ids.filtered(lambda breach: breach.layer == "client")
        self.assertEqual(breach.sla_id, quick)
        with self.clock_at("2026-07-06 03:00:00"):
            ticket.priority = "0"
            self.create_threshold(name="Another", percent=55)
        self.assertFalse(breach.withdrawn_at)
        with self.clock_at("2026-07-06 04:00:00"):
            ticket.with_user(self.operations)._sla_rebuild("It was never critical.")
        self.assertTrue(breach.withdrawn_at)

    def test_list_finds_what_is_to_explain(self):
        breaches = self.env["psa.sla.breach"].with_user(self.support)
        self.assertEqual(breaches.search([("is_open", "=", True)]), self.breach)
        self.breach._explain(self.parts)
        self.assertFalse(breaches.search([("is_open", "=", True)]))
        self.assertIn(self.breach, breaches.search([("is_open", "!=", True)]))
