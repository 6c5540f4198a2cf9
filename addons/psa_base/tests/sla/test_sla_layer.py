from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestSlaLayer(PsaCase):
    """A ticket has targets of two layers: what the client was promised, and what the team aims at."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.write({"use_sla": True, "resource_calendar_id": cls._create_calendar().id})
        cls.client_sla, cls.internal_sla = cls.env["helpdesk.sla"].create(
            [
                {
                    "name": "Closed in 8 hours",
                    "layer": "client",
                    "hours": 8,
                    "team_ids": cls.team.ids,
                    "stage_id": cls.closed.id,
                },
                {
                    "name": "Started in 2 hours",
                    "layer": "internal",
                    "hours": 2,
                    "team_ids": cls.team.ids,
                    "stage_id": cls.in_progress.id,
                },
            ]
        )

    @classmethod
    def _create_calendar(cls):
        """Monday to Friday, 9 to 17, in Sydney."""
        hours = [(0, 0, {"name": str(day), "dayofweek": str(day), "hour_from": 9, "hour_to": 17}) for day in range(5)]
        return cls.env["resource.calendar"].create(
            {"name": "Office hours", "tz": "Australia/Sydney", "attendance_ids": hours}
        )

    def test_ticket_gets_a_target_of_each_layer(self):
        with self.clock_at("2026-07-05 23:00:00"):  # Monday 9:00 in Sydney
            ticket = self.create_ticket()
            targets = ticket.ticket_sla_ids.sorted("layer")
        self.assertEqual(targets.mapped("layer"), ["client", "internal"])
        self.assertEqual(targets.sla_id, self.client_sla | self.internal_sla)
        deadlines = [str(deadline) for deadline in targets.mapped("deadline")]
        self.assertEqual(deadlines, ["2026-07-06 07:00:00", "2026-07-06 01:00:00"])

    def test_target_is_met_when_the_ticket_reaches_its_stage(self):
        ticket = self.create_ticket()
        ticket.with_user(self.operations).stage_id = self.triage
        ticket.stage_id = self.in_progress
        states = {target.layer: target.state for target in ticket.ticket_sla_ids}
        self.assertEqual(states, {"client": "in_progress", "internal": "accomplished"})

    def test_rule_is_for_the_client_unless_said_otherwise(self):
        self.assertEqual(self.env["helpdesk.sla"].create({"name": "New rule"}).layer, "client")

    def test_missed_targets_are_found_by_layer(self):
        with self.clock_at("2026-07-05 23:00:00"):
            ticket = self.create_ticket()
        with self.clock_at("2026-07-06 03:00:00"):
            found = {
                layer: ticket in ticket.search([("ticket_sla_ids", "any", self.missed(layer))])
                for layer in ("client", "internal")
            }
        self.assertEqual(found, {"client": False, "internal": True})

    def test_client_sees_the_own_layer_only(self):
        ticket = self.create_ticket()
        internal = ticket.ticket_sla_ids.filtered(lambda target: target.layer == "internal")
        self.env.invalidate_all()
        seen = ticket.with_user(self.client_user).ticket_sla_ids
        self.assertEqual(seen.mapped("layer"), ["client"])
        rules = self.env["helpdesk.sla"].with_user(self.client_user).search([])
        self.assertNotIn(self.internal_sla, rules)
        with self.assertRaises(AccessError):
            internal.with_user(self.client_user).read(["deadline"])

    def test_client_sees_no_targets_of_others(self):
        ticket = self.create_ticket(partner_id=self.other_company.id)
        targets = self.env["helpdesk.ticket.sla"].with_user(self.client_user)
        self.assertFalse(targets.search([("ticket_id", "=", ticket.id)]))

    def missed(self, layer):
        return [("layer", "=", layer), ("expired", "=", True)]
