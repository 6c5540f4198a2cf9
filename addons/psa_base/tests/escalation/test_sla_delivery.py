from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...services.escalation.sweep import sweep
from ..common import PsaCase, trap_jobs
from .common import SlaMixin

EARLY, WARNED, BREACHED, AFTER = (f"2026-07-06 0{hour}:00:00" for hour in (0, 1, 3, 4))
LATER = "2026-07-06 09:30:00"


@tagged("post_install", "-at_install")
class TestSlaDelivery(SlaMixin, PsaCase):
    """Whom an SLA alert tells, by which means, and what it does to the ticket: once, whatever fails on the way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.user_id = cls.support_colleague
        (cls.support | cls.support_colleague).notification_type = "inbox"

    def create_ticket(self, **values):
        return super().create_ticket(**{"user_id": self.support.id, **values}).sudo()

    def notified(self, user, ticket):
        """The notifications that are in the user's inbox about a ticket."""
        return self.env["mail.notification"].search(
            [
                ("res_partner_id", "=", user.partner_id.id),
                ("mail_message_id.model", "=", "helpdesk.ticket"),
                ("mail_message_id.res_id", "=", ticket.id),
                ("mail_message_id.message_type", "=", "user_notification"),
                ("notification_type", "=", "inbox"),
                ("mail_message_id.body", "ilike", "came due"),
            ]
        )

    def activities(self, ticket, kind="sla"):
        type_ = self.env.ref(f"psa_base.mail_activity_type_{kind}")
        return ticket.activity_ids.filtered(lambda activity: activity.activity_type_id == type_)

    def alert(self, ticket):
        return self.env["psa.sla.alert"].search([("ticket_id", "=", ticket.id)])

    def test_warning_becomes_an_activity_of_the_assignee(self):
        threshold = self.create_threshold(tell_assignee=True, by_activity=True)
        ticket = self.create_ticket()
        self.plan(ticket, [(WARNED, threshold), (BREACHED, None)])
        self.sweep("2026-07-06 01:01:00")
        activity = self.activities(ticket)
        self.assertEqual(activity.user_id, self.support)
        self.assertEqual(activity.summary, "Close to the target")
        self.assertEqual(self.alert(ticket).state, "delivered")
        self.assertIn(self.support.name, self.alert(ticket).outcome)

    def test_unassigned_ticket_is_told_to_the_leader(self):
        threshold = self.create_threshold(tell_assignee=True, by_inbox=True)
        ticket = self.create_ticket(user_id=False)
        self.plan(ticket, [(WARNED, threshold)])
        self.sweep(LATER)
        self.assertEqual(len(self.notified(self.support_colleague, ticket)), 1)

    def test_team_without_a_leader_is_told_to_operations(self):
        self.team.user_id = False
        threshold = self.create_threshold(tell_leader=True, by_activity=True)
        ticket = self.create_ticket()
        self.plan(ticket, [(WARNED, threshold)])
        self.sweep(LATER)
        self.assertIn(self.operations, self.activities(ticket).user_id)

    def test_warnings_after_an_outage_are_told_in_one_message(self):
        first = self.create_threshold("Half", percent=50, tell_assignee=True, by_inbox=True)
        second = self.create_threshold("Nearly", percent=90, tell_assignee=True, tell_leader=True, by_inbox=True)
        ticket = self.create_ticket()
        self.plan(ticket, [(EARLY, first), (WARNED, second), (BREACHED, None)])
        self.sweep("2026-07-06 02:00:00")
        message = self.notified(self.support, ticket).mail_message_id
        self.assertEqual(len(message), 1)
        self.assertLess(message.body.index("Half"), message.body.index("Nearly"))
        self.assertNotIn("Half", self.notified(self.support_colleague, ticket).mail_message_id.body)
        self.assertEqual(len(self.alert(ticket)), 2)

    def test_mail_goes_to_the_people_and_no_client(self):
        template = self.env["mail.template"].create(
            {
                "name": "Breach",
                "model_id": self.env["ir.model"]._get_id("psa.sla.alert"),
                "subject": "{{ object.ticket_id.number }} is late",
                "body_html": "<div t-out='object.message'/>",
            }
        )
        threshold = self.create_threshold(
            trigger="after", tell_assignee=True, tell_leader=True, mail_template_id=template.id
        )
        ticket = self.create_ticket()
        self.plan(ticket, [(BREACHED, None), (BREACHED, threshold)])
        self.sweep(LATER)
        mail = self.env["mail.mail"].search([("subject", "=", f"{ticket.number} is late")])
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, (self.support | self.support_colleague).partner_id)
        self.assertIn("missed on", mail.body_html)

    def test_contact_is_told_of_client_targets_only(self):
        with self.assertRaises(ValidationError):
            self.create_threshold(layer="internal", tell_contact=True)

    def test_escalation_changes_the_ticket_and_says_so(self):
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Late"})
        threshold = self.create_threshold(
            "Breached",
            trigger="after",
            escalation_level=1,
            reassign_to="leader",
            raise_priority="one",
            tag_ids=[Command.set(tag.ids)],
        )
        ticket = self.create_ticket(priority="1")
        stage = ticket.stage_id
        self.plan(ticket, [(BREACHED, None), (BREACHED, threshold)])
        self.sweep(LATER)
        self.assertEqual((ticket.user_id, ticket.priority), (self.support_colleague, "2"))
        self.assertEqual((ticket.tag_ids, ticket.sla_escalation_level), (tag, 1))
        self.assertEqual(ticket.stage_id, stage)
        note = ticket.message_ids.filtered(lambda message: "Escalated to level 1" in message.body)
        self.assertEqual(len(note), 1)
        self.assertTrue(note.is_internal or note.subtype_id.internal)
        # The note tells when the target was missed, hours before a sweep noticed it.
        self.assertRegex(note.body, r"missed on 6 Jul\w* 2026 03:00")

    def test_levels_that_come_due_together_are_carried_out_in_order(self):
        levels = [
            self.create_threshold(f"Level {level}", trigger="after", minutes=60 * (level - 1), escalation_level=level)
            for level in (1, 2)
        ]
        ticket = self.create_ticket()
        self.plan(ticket, [(BREACHED, None), (BREACHED, levels[0]), (AFTER, levels[1])])
        self.sweep(LATER)
        bodies = [body for body in ticket.message_ids.sorted("id").mapped("body") if "Escalated" in body]
        self.assertEqual(["level 1" in body for body in bodies], [True, False])
        self.assertEqual(ticket.sla_escalation_level, 2)

    def test_person_outside_of_the_team_does_not_get_the_ticket(self):
        threshold = self.create_threshold(
            trigger="after", reassign_to="user", reassign_user_id=self.operations.id, escalation_level=1
        )
        ticket = self.create_ticket()
        self.plan(ticket, [(BREACHED, None), (BREACHED, threshold)])
        self.sweep(LATER)
        self.assertEqual(ticket.user_id, self.support)
        self.assertIn("is not in the team", self.alert(ticket).outcome)

    def test_manager_is_the_leader_of_the_team_above(self):
        self.team.parent_id = self.free_team
        self.free_team.user_id = self.operations
        threshold = self.create_threshold(trigger="after", tell_manager=True, by_activity=True)
        ticket = self.create_ticket()
        self.plan(ticket, [(BREACHED, None), (BREACHED, threshold)])
        self.sweep(LATER)
        self.assertEqual(self.activities(ticket).user_id, self.operations)

    def test_warning_of_a_target_that_was_met_bothers_nobody(self):
        threshold = self.create_threshold(tell_assignee=True, by_activity=True)
        ticket = self.create_ticket()
        self.plan(ticket, [(WARNED, threshold)], met_at="2026-07-06 02:00:00", state="accomplished")
        self.sweep(LATER)
        self.assertEqual(self.alert(ticket).state, "moot")
        self.assertFalse(self.activities(ticket))

    def test_crash_between_sweep_and_delivery_loses_nothing(self):
        threshold = self.create_threshold(tell_assignee=True, by_activity=True)
        ticket = self.create_ticket()
        self.plan(ticket, [(WARNED, threshold)])
        with self.clock_at(LATER), trap_jobs() as trap:
            sweep(self.env)
            trap.assert_jobs_count(1)
        self.assertEqual(self.alert(ticket).state, "pending")
        for _again in range(3):
            self.deliver()
        self.assertEqual(len(self.activities(ticket)), 1)

    @mute_logger("odoo.addons.psa_base.models.escalation.psa_sla_alert_delivery")
    def test_error_in_the_middle_undoes_what_was_done_and_the_next_try_does_it_once(self):
        threshold = self.create_threshold(tell_assignee=True, by_activity=True, trigger="after", escalation_level=1)
        ticket = self.create_ticket()
        self.plan(ticket, [(BREACHED, None), (BREACHED, threshold)])
        alerts = type(self.env["psa.sla.alert"])
        with patch.object(alerts, "_escalate_ticket", side_effect=RuntimeError("the plug was pulled")):
            self.sweep(LATER)
        alert = self.alert(ticket)
        self.assertEqual((alert.state, alert.tries), ("pending", 1))
        self.assertIn("the plug was pulled", alert.outcome)
        self.assertFalse(self.activities(ticket))
        with self.clock_at("2026-07-06 10:00:00"):
            self.deliver()
        self.assertEqual(alert.state, "delivered")
        self.assertEqual(len(self.activities(ticket)), 1)

    @mute_logger("odoo.addons.psa_base.models.escalation.psa_sla_alert_delivery")
    def test_alert_that_always_fails_is_given_up_and_holds_up_nobody(self):
        threshold = self.create_threshold(tell_assignee=True, by_activity=True)
        poisoned, sound = self.create_ticket(), self.create_ticket()
        for ticket in (poisoned, sound):
            self.plan(ticket, [(WARNED, threshold)])
        alerts = type(self.env["psa.sla.alert"])
        tell = alerts._tell_people

        def fail_for_one(records, ticket):
            if ticket == poisoned:
                raise RuntimeError("no such address")
            return tell(records, ticket)

        with patch.object(alerts, "_tell_people", fail_for_one):
            self.sweep(LATER)
            for day in range(7, 12):
                with self.clock_at(f"2026-07-{day:02} 00:00:00"):
                    self.deliver()
        self.assertEqual(self.alert(sound).state, "delivered")
        alert = self.alert(poisoned)
        self.assertEqual(alert.state, "failed")
        with trap_jobs() as trap:
            alert.with_user(self.operations).action_deliver_again()
            trap.assert_jobs_count(1)
        self.deliver()
        self.assertEqual(alert.state, "delivered")

    @mute_logger("odoo.addons.psa_base.models.escalation.psa_sla_alert_delivery")
    def test_broken_mail_holds_up_no_escalation(self):
        template = self.env["mail.template"].create(
            {
                "name": "Broken",
                "model_id": self.env["ir.model"]._get_id("psa.sla.alert"),
                "subject": "{{ object.nope }}",
            }
        )
        warning = self.create_threshold(name="Broken", tell_assignee=True, mail_template_id=template.id)
        escalation = self.create_threshold(name="Escalated", trigger="after", escalation_level=1)
        ticket = self.create_ticket()
        self.plan(ticket, [(WARNED, warning), (BREACHED, None), (BREACHED, escalation)])
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            self.sweep(LATER)
        states = {alert.threshold_id: alert.state for alert in self.alert(ticket)}
        self.assertEqual(states, {warning: "pending", escalation: "delivered"})
        self.assertEqual(ticket.sla_escalation_level, 1)

    def test_level_of_escalation_is_nobodys_to_write(self):
        ticket = self.create_ticket()
        for user in (self.support, self.operations, self.admin):
            tickets = ticket.with_user(user).sudo(False)
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "follows from the SLA alerts"):
                tickets.write({"sla_escalation_level": 9})
            with self.assertRaisesRegex(UserError, "follows from the SLA alerts"):
                tickets.with_context(default_sla_escalation_level=9).create({"name": "New", "description": "Text"})
