from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..hub.common import DeadLetterCase
from ..queries import count_queries

# Queries for connections, tries, alarms, dead letters by owner, names of owners, and rights.
MAX_QUERIES = 20


@tagged("post_install", "-at_install")
class TestHubDashboard(DeadLetterCase):
    """The dashboard's numbers agree with the messages, and a fixed number of queries finds them."""

    def get_dashboard(self, user=None, hours=24):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["psa.hub.health"].with_user(user or self.dispatcher).get_dashboard(hours)

    def row_of(self, dashboard, connection=None):
        connection = connection or self.connection
        return next(row for row in dashboard["connections"] if row["id"] == connection.id)

    def test_numbers_are_those_of_the_messages(self):
        before = self.get_dashboard()
        self.make_dead(2)
        self.client.rmm_group = "Elsewhere"
        self.store({**self.registered, "Group": "Later"})
        self.work({**self.registered, "Group": "Elsewhere"})
        self.store({**self.registered, "Group": "Later", "SystemIdentifier": "x"})
        dashboard = self.get_dashboard()
        row = self.row_of(dashboard)
        self.assertEqual((row["dead"], row["waiting"]), (3, 1))
        totals, earlier = dashboard["totals"], before["totals"]
        self.assertEqual(totals["dead"], earlier["dead"] + 3)
        self.assertEqual(totals["waiting_in"], earlier["waiting_in"] + 1)
        self.assertEqual(totals["done"], earlier["done"] + 1)
        self.assertEqual(totals["failed"], earlier["failed"] + 3)
        self.assertEqual(sum(done for done, _failed in row["trend"].values()), 1)
        self.assertEqual(sum(dashboard["series"]["failed"]), totals["failed"])
        owner = next(row for row in dashboard["owners"] if row["id"] == self.connection.owner_id.id)
        self.assertGreaterEqual(owner["count"], 3)
        self.assertIn("needs_person", [row["code"] for row in dashboard["classes"]])

    def test_queries_do_not_grow_with_connections_and_messages(self):
        def count():
            return count_queries(self.env, self.env["psa.hub.health"].with_user(self.dispatcher).get_dashboard)

        self.make_dead(1)
        count()
        few = count()
        self.assertLessEqual(few, MAX_QUERIES)
        for number in range(5):
            connection = self.connection.copy({"name": f"Site {number}", "owner_id": self.colleague.id})
            for index in range(10):
                self.inbox._store(connection, f"{number}-{index}", "SystemRegistered", "{}", {})
        self.make_dead(15, group="Fabrikam")
        count()  # New connections empty Odoo's cache of rules and rights: fill it again.
        self.assertLessEqual(count(), few)

    def test_latency_runs_from_arrival_until_the_try_ended(self):
        self.client.rmm_group = self.registered["Group"]
        before = self.get_dashboard()["totals"]
        if before["done"]:
            self.skipTest("the database has messages of the last day")
        arrival = fields.Datetime.now() - timedelta(minutes=10)
        with freeze_time(arrival):
            message = self.store(self.registered)
        with freeze_time(arrival + timedelta(seconds=90)):
            message._work()
        self.assertEqual(message.state, "done", message.reason)
        totals = self.get_dashboard()["totals"]
        self.assertAlmostEqual(totals["p50"], 90, delta=5)
        self.assertAlmostEqual(totals["p95"], 90, delta=5)

    def test_replay_does_not_count_as_latency(self):
        with freeze_time(fields.Datetime.now() - timedelta(hours=5)):
            message = self.make_dead()
        before = self.get_dashboard()["totals"]["p95"]
        self.client.rmm_group = "Contoso"
        message.action_replay()
        self.assertEqual(self.get_dashboard()["totals"]["p95"], before)

    def test_bars_cover_the_whole_period(self):
        for hours, bars in ((24, 25), (168, 29)):
            series = self.get_dashboard(hours=hours)["series"]
            self.assertIn(len(series["bars"]), (bars - 1, bars))
            self.assertEqual({len(values) for values in series.values()}, {len(series["bars"])})

    def test_other_companies_are_left_out(self):
        company = self.env["res.company"].create({"name": "Stratum NZ"})
        team = self.env["helpdesk.ticket.team"].create({"name": "NZ", "company_id": company.id})
        self.make_dead()
        dead = self.get_dashboard()["totals"]["dead"]
        self.connection.write({"company_id": company.id, "team_id": team.id})
        dashboard = self.get_dashboard()
        self.assertEqual(dashboard["totals"]["dead"], dead - 1)
        self.assertNotIn(self.connection.id, [row["id"] for row in dashboard["connections"]])

    def test_technician_is_refused(self):
        with self.assertRaises(AccessError):
            self.get_dashboard(self.technician)

    def test_open_messages_are_found_by_an_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.env["psa.hub.health"]._select_open("psa_hub_inbox", "received_at", ("received",))
        self.env.cr.execute(f"EXPLAIN {query.code}", query.params)
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("Index", plan)


@tagged("post_install", "-at_install")
class TestHubAlarm(DeadLetterCase):
    """The owner of a connection is told once what is wrong, and it clears by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.write({"owner_id": cls.dispatcher.id, "silent_minutes": 0, "backlog_minutes": 0})
        cls.env["psa.hub.connection"].search([("id", "!=", cls.connection.id)]).active = False

    def check(self):
        self.env.flush_all()
        self.env["psa.hub.alarm"]._cron_check()
        return self.env["psa.hub.alarm"].search([("connection_id", "=", self.connection.id), ("state", "=", "open")])

    def test_dead_letters_open_one_alarm_with_an_activity(self):
        self.make_dead()
        alarm = self.check()
        self.assertRecordValues(alarm, [{"kind": "dead", "owner_id": self.dispatcher.id}])
        self.assertEqual(alarm.activity_ids.user_id, self.dispatcher)
        self.make_dead(2, group="Fabrikam")
        self.assertEqual(self.check(), alarm)
        self.assertIn("wait for somebody: 3", alarm.detail)
        self.assertEqual(len(alarm.activity_ids), 1)

    def test_alarm_clears_by_itself_with_its_activity(self):
        message = self.make_dead()
        alarm = self.check()
        self.client.rmm_group = "Contoso"
        message.action_replay()
        self.assertFalse(self.check())
        self.assertEqual(alarm.state, "cleared")
        self.assertTrue(alarm.cleared_at)
        self.assertFalse(alarm.activity_ids.filtered("active"))

    def test_second_occurrence_is_another_alarm(self):
        message = self.make_dead()
        first = self.check()
        self.client.rmm_group = "Contoso"
        message.action_replay()
        self.check()
        self.make_dead(group="Fabrikam")
        self.assertNotEqual(self.check(), first)

    def test_allowed_dead_letters_raise_no_alarm(self):
        self.connection.dead_limit = 2
        self.make_dead(2)
        self.assertFalse(self.check())

    def test_silence_is_noticed_after_its_minutes(self):
        self.client.rmm_group = self.registered["Group"]
        self.work(self.registered)
        self.connection.silent_minutes = 30
        self.assertFalse(self.check())
        with freeze_time(fields.Datetime.now() + timedelta(minutes=31)):
            self.assertEqual(self.check().kind, "silent")

    def test_backlog_and_old_messages_are_noticed(self):
        self.connection.write({"backlog_limit": 2, "backlog_minutes": 15})
        for _number in range(3):
            self.store(self.registered)
        self.assertEqual(self.check().kind, "backlog")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=16)):
            self.assertEqual(set(self.check().mapped("kind")), {"backlog", "old"})

    def test_cut_line_is_noticed(self):
        self.env["psa.hub.circuit"].create({"connection_id": self.connection.id, "state": "open"})
        self.assertEqual(self.check().kind, "circuit")

    def test_trial_is_no_end_of_the_interruption(self):
        circuit = self.env["psa.hub.circuit"].create({"connection_id": self.connection.id, "state": "open"})
        alarm = self.check()
        for state in ("half_open", "open"):
            circuit.state = state
            self.assertEqual(self.check(), alarm)
        self.assertEqual(len(alarm.activity_ids), 1)
        circuit.state = "closed"
        self.assertFalse(self.check())

    def test_archived_connection_raises_no_alarm(self):
        self.make_dead()
        self.connection.active = False
        self.assertFalse(self.check())

    def test_number_of_queries_does_not_grow_with_connections(self):
        def count():
            return count_queries(self.env, self.env["psa.hub.alarm"]._cron_check)

        count()
        few = count()
        for number in range(10):
            self.connection.copy({"name": f"Site {number}"})
        count()
        self.assertLessEqual(count(), few)
