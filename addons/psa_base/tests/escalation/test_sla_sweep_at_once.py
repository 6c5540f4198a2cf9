import json

from psycopg2 import errors

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...services.escalation.sweep import sweep
from ..common import trap_jobs

BREACHED = "2026-07-06 03:00:00"


@tagged("post_install", "-at_install")
class TestSlaSweepAtOnce(TransactionCase):
    """Two workers at once: each has its own transaction on rows that the test commits, and deletes at the end."""

    def setUp(self):
        super().setUp()
        self.first, self.second = self.open(), self.open()
        self.addCleanup(self.take_away)
        env = self.first
        self.threshold_id = (
            env["psa.sla.threshold"]
            .create(
                {"name": "Missed", "trigger": "after", "layer": "client", "target": "response", "escalation_level": 1}
            )
            .id
        )
        sla = env["helpdesk.sla"].create({"name": "For nobody", "target": "response", "active": False})
        # The team has no lifecycle, so that the engine leaves the clock as the test sets it.
        team = env["helpdesk.ticket.team"].create({"name": "Two workers"})
        self.ticket_id = env["helpdesk.ticket"].create({"name": "Late", "description": "Late", "team_id": team.id}).id
        self.to_delete = [("helpdesk.sla", sla.id), ("helpdesk.ticket.team", team.id)]
        env.flush_all()
        plan = [{"at": BREACHED, "threshold": threshold} for threshold in (None, self.threshold_id)]
        env.cr.execute(
            """
            INSERT INTO helpdesk_ticket_sla
                (ticket_id, sla_id, layer, target, state, deadline, alert_plan, next_alert_at)
            VALUES (%s, %s, 'client', 'response', 'in_progress', %s, %s, %s)
            """,
            (self.ticket_id, sla.id, BREACHED, json.dumps(plan), BREACHED),
        )
        env.cr.commit()

    def open(self):
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def take_away(self):
        env = self.open()
        env["helpdesk.ticket"].browse(self.ticket_id).unlink()
        for model, record_id in [("psa.sla.threshold", self.threshold_id), *self.to_delete]:
            env[model].browse(record_id).unlink()
        env.cr.commit()

    def sweep(self, env):
        with trap_jobs():
            return sweep(env)

    def count(self, table):
        env = self.open()
        queries = {
            "alert": "SELECT count(*) FROM psa_sla_alert WHERE ticket_id = %s",
            "breach": "SELECT count(*) FROM psa_sla_breach WHERE ticket_id = %s",
            "escalation": """
                SELECT count(*) FROM mail_message WHERE model = 'helpdesk.ticket' AND res_id = %s
                AND body LIKE '%%Escalated to level 1%%'
            """,
        }
        env.cr.execute(queries[table], (self.ticket_id,))
        return env.cr.fetchone()[0]

    def test_row_that_one_sweep_holds_is_left_to_it(self):
        for env in (self.first, self.second):
            env.cr.execute("SELECT 1")
        self.assertEqual(self.sweep(self.first), 1)
        self.assertEqual(self.sweep(self.second), 0)
        self.first.cr.commit()
        self.second.cr.commit()
        self.assertEqual((self.count("alert"), self.count("breach")), (1, 1))

    @mute_logger("odoo.sql_db")
    def test_sweep_on_an_old_snapshot_starts_again_and_finds_nothing(self):
        self.second.cr.execute("SELECT 1")
        self.sweep(self.first)
        self.first.cr.commit()
        with self.assertRaises(errors.SerializationFailure):
            self.sweep(self.second)
        self.second.cr.rollback()
        self.assertEqual(self.sweep(self.second), 0)
        self.assertEqual((self.count("alert"), self.count("breach")), (1, 1))

    def test_sweep_that_dies_before_its_commit_leaves_all_to_the_next(self):
        self.sweep(self.first)
        self.first.cr.rollback()
        self.assertEqual(self.count("alert"), 0)
        self.assertEqual(self.sweep(self.second), 1)
        self.second.cr.commit()
        self.assertEqual((self.count("alert"), self.count("breach")), (1, 1))

    def test_alert_that_one_job_delivers_is_left_to_it(self):
        self.sweep(self.first)
        self.first.cr.commit()
        with trap_jobs():
            for env in (self.first, self.second):
                env["psa.sla.alert"]._deliver_pending()
            self.first.cr.commit()
            self.second.cr.commit()
            self.open()["psa.sla.alert"]._deliver_pending()
        self.assertEqual(self.count("escalation"), 1)

    def test_delivery_that_dies_before_its_commit_is_done_once_by_the_next(self):
        self.sweep(self.first)
        self.first.cr.commit()
        with trap_jobs():
            self.first["psa.sla.alert"]._deliver_pending()
            self.first.cr.rollback()
            self.assertEqual(self.count("escalation"), 0)
            self.second["psa.sla.alert"]._deliver_pending()
            self.second.cr.commit()
        self.assertEqual(self.count("escalation"), 1)
