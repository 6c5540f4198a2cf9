from odoo.tests import tagged

from ...services.escalation.sweep import sweep
from ..common import PsaCase, trap_jobs
from ..queries import count_queries
from .common import SlaMixin

WARNED, BREACHED, AFTER = "2026-07-06 01:00:00", "2026-07-06 03:00:00", "2026-07-06 04:00:00"
LATER, NEXT_DAY = "2026-07-06 09:30:00", "2026-07-07 00:00:00"


@tagged("post_install", "-at_install")
class TestSlaSweep(SlaMixin, PsaCase):
    """What came due on clocks of open tickets is noticed once, with the moment at which it came due."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warning = cls.create_threshold("Three quarters", percent=75, by_inbox=True, tell_assignee=True)
        cls.escalation = cls.create_threshold("An hour late", trigger="after", minutes=60, escalation_level=2)
        cls.moments = [(WARNED, cls.warning), (BREACHED, None), (AFTER, cls.escalation)]

    def test_nothing_due_finds_nothing(self):
        ticket = self.create_ticket()
        self.plan(ticket, self.moments)
        self.assertEqual(self.sweep("2026-07-06 00:59:59"), 0)
        self.assertEqual(self.alerts_of(ticket), [])

    def test_warning_comes_due_alone(self):
        ticket = self.create_ticket()
        row = self.plan(ticket, self.moments)
        self.sweep("2026-07-06 01:00:30")
        self.assertEqual(self.alerts_of(ticket), [("Three quarters", WARNED)])
        self.assertEqual(str(row.next_alert_at), BREACHED)
        self.assertEqual(len(row.alert_plan), 2)
        self.assertEqual(row.state, "in_progress")
        self.assertFalse(row.breached_at)

    def test_stopped_scheduler_notices_all_with_their_true_moments(self):
        ticket = self.create_ticket()
        row = self.plan(ticket, self.moments)
        self.sweep(LATER)
        self.assertEqual(self.alerts_of(ticket), [("Three quarters", WARNED), ("An hour late", AFTER)])
        breach = ticket.sudo().sla_breach_ids
        self.assertEqual((str(breach.breached_at), str(breach.noticed_at)), (BREACHED, LATER))
        self.assertEqual((str(row.breached_at), row.state, row.next_alert_at), (BREACHED, "expired", False))

    def test_second_sweep_finds_nothing_more(self):
        ticket = self.create_ticket()
        self.plan(ticket, self.moments)
        self.sweep(LATER)
        self.assertEqual(self.sweep(NEXT_DAY), 0)
        self.assertEqual(len(self.alerts_of(ticket)), 2)

    def test_rebuilt_clock_alerts_nobody_twice(self):
        ticket = self.create_ticket()
        self.plan(ticket, self.moments)
        self.sweep(LATER)
        self.plan(ticket, [("2026-07-06 05:00:00", self.warning), ("2026-07-06 06:00:00", None)])
        self.sweep(NEXT_DAY)
        self.assertEqual(self.alerts_of(ticket), [("Three quarters", WARNED), ("An hour late", AFTER)])
        self.assertEqual(len(ticket.sudo().sla_breach_ids), 1)

    def test_target_of_the_other_layer_comes_due_by_itself(self):
        ticket = self.create_ticket()
        for layer in ("client", "internal"):
            self.plan(ticket, self.moments, layer=layer)
        self.sweep(LATER)
        self.assertEqual(len(self.alerts_of(ticket)), 4)
        self.assertEqual(sorted(ticket.sudo().sla_breach_ids.mapped("layer")), ["client", "internal"])

    def test_archived_threshold_comes_due_no_more(self):
        ticket = self.create_ticket()
        self.plan(ticket, self.moments)
        self.warning.active = False
        self.plan(ticket, self.moments)
        self.sweep(LATER)
        self.assertEqual(self.alerts_of(ticket), [("An hour late", AFTER)])

    def test_number_of_statements_does_not_grow(self):
        def count(number):
            for ticket in [self.create_ticket() for _each in range(number)]:
                self.plan(ticket, self.moments)
            with self.clock_at(LATER), trap_jobs() as trap:
                queries = count_queries(self.env, lambda: self.assertEqual(sweep(self.env), number))
            trap.assert_jobs_count(1)
            return queries

        count(1)  # fills caches
        few, many = count(1), count(20)
        self.assertEqual(few, many)
        self.assertLessEqual(many, 2)

    def test_plan_without_moments_is_put_right(self):
        row = self.plan(self.create_ticket(), [(WARNED, self.warning)], alert_plan=None)
        self.sweep(LATER)
        self.assertFalse(row.next_alert_at)

    def test_plan_that_names_a_moment_twice_alerts_once(self):
        ticket = self.create_ticket()
        self.plan(ticket, [(WARNED, self.warning), (WARNED, self.warning), (BREACHED, None), (BREACHED, None)])
        self.sweep(LATER)
        self.assertEqual(self.alerts_of(ticket), [("Three quarters", WARNED)])
        self.assertEqual(len(ticket.sudo().sla_breach_ids), 1)

    def test_deleted_ticket_takes_its_rows_with_it(self):
        ticket = self.create_ticket()
        self.plan(ticket, self.moments)
        self.sweep(LATER)
        ledgers = [self.env[name] for name in ("psa.sla.alert", "psa.sla.breach")]
        ticket_id = ticket.id
        ticket.with_user(self.admin).unlink()
        for ledger in ledgers:
            self.assertFalse(ledger.search([("ticket_id", "=", ticket_id)]))

    def test_ledger_is_closed_to_everybody(self):
        ticket = self.create_ticket()
        self.plan(ticket, self.moments)
        self.sweep(LATER)
        alert = self.env["psa.sla.alert"].search([("ticket_id", "=", ticket.id)], limit=1)
        for records in (alert, ticket.sudo().sla_breach_ids):
            records = records.with_user(self.admin).sudo()
            for change in (lambda records=records: records.write({"layer": "internal"}), records.unlink):
                with self.assertRaisesRegex(Exception, "record of what happened"):
                    change()
