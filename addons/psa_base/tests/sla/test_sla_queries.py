from odoo.tests import tagged

from ..common import PsaCase
from .common import SlaEngineMixin


@tagged("post_install", "-at_install")
class TestSlaQueries(SlaEngineMixin, PsaCase):
    """How many queries an ordinary technician's acts take when tickets have two layers of two targets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["psa.sla.threshold"].create({"name": "Half", "trigger": "percent", "percent": 50})
        cls.free_stages = cls.env["helpdesk.ticket.stage"].create(
            [{"name": f"Free {number}", "sequence": number, "team_ids": cls.free_team.ids} for number in range(3)]
        )

    def count(self, act):
        """Count the queries of an act, from an empty cache to the flush before the commit."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act()
        self.env.flush_all()
        self.env.cr.precommit.run()
        return self.env.cr.sql_log_count - before

    def make_tickets(self, number, team):
        tickets = self.env["helpdesk.ticket"].create(
            [
                {"name": "Slow", "description": "All day", "partner_id": self.contact.id, "team_id": team.id}
                for _number in range(number)
            ]
        )
        return tickets.with_user(self.support)

    def test_stage_change_costs_four_queries_at_most_over_a_team_with_neither(self):
        plain, governed = self.make_tickets(1, self.free_team), self.make_tickets(1, self.team)
        self.assertEqual(len(governed.ticket_sla_ids), 4)
        free = self.free_stages
        for ticket, stage in ((plain, free[1]), (governed, self.triage)):
            self.count(lambda ticket=ticket, stage=stage: ticket.write({"stage_id": stage.id}))
        bare = self.count(lambda: plain.write({"stage_id": free[2].id}))
        self.assertLessEqual(self.count(lambda: governed.write({"stage_id": self.pending.id})), bare + 4)

    def test_clocks_of_many_tickets_cost_as_many_queries_as_those_of_one(self):
        for number in (1, 30):
            tickets = self.make_tickets(number, self.team)
            tickets.sudo().mapped("team_id.lifecycle_id")
            with self.assertQueryCount(2):
                tickets._advance_clocks()

    def test_choosing_for_many_tickets_costs_as_many_queries_as_for_one(self):
        counts = []
        # When a second passes meanwhile, a moment moves: that is one statement more.
        with self.clock_at("2026-07-06 01:00:00"):
            for number in (1, 30):
                tickets = self.make_tickets(number, self.team)
                counts.append(self.count(lambda tickets=tickets: tickets._apply_promises(replay=True)))
        self.assertEqual(*counts)
