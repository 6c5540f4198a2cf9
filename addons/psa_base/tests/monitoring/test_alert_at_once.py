from threading import Thread

from psycopg2 import errors

from odoo import SUPERUSER_ID, api, fields
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...adapters.facts import Alert, Priority
from ...services.monitoring.alerts import raise_alert


@tagged("post_install", "-at_install")
class TestAlertAtOnce(TransactionCase):
    """Two workers at once, in transactions of their own on rows that the test commits and takes away again."""

    def setUp(self):
        super().setUp()
        self.first, self.second = self.open(), self.open()
        self.addCleanup(self.take_away)
        env = self.open()
        client = env["res.partner"].create({"name": "Two Lanes Pty Ltd", "is_company": True})
        assets = env["psa.asset"].create(
            [
                {"name": f"LANE-{number}", "partner_id": client.id, "pulseway_id": f"two_lanes_{number}"}
                for number in (1, 2)
            ]
        )
        team = env["helpdesk.ticket.team"].create({"name": "Two lanes"})
        connection = env["psa.hub.connection"].create({"name": "Two lanes", "team_id": team.id})
        rule = env["psa.alert.rule"].create(
            {
                "name": "A ticket for the client",
                "sequence": -1,
                "connection_ids": connection.ids,
                "grouping": "client_condition",
            }
        )
        self.connection_id = connection.id
        self.to_delete = [rule, connection, team, assets, client]
        self.to_delete = [(records._name, records.ids) for records in self.to_delete]
        env.cr.commit()

    def open(self):
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        user_id = self.env.ref("psa_base.user_integration").id if hasattr(self, "connection_id") else SUPERUSER_ID
        return api.Environment(cr, user_id, {})

    def take_away(self):
        for env in (self.first, self.second):
            env.cr.rollback()
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        env = api.Environment(cr, SUPERUSER_ID, {})
        alerts = env["psa.alert"].search([("connection_id", "=", self.connection_id)])
        tickets = alerts.ticket_id
        alerts.unlink()
        tickets.unlink()
        for model, ids in self.to_delete:
            env[model].browse(ids).unlink()
        env.cr.commit()

    def alert(self, env, number):
        user = env.ref("psa_base.user_integration")
        connection = env["psa.hub.connection"].with_user(user).browse(self.connection_id)
        event = Alert(f"two_lanes_{number}", "Internet is down", "No answer.", Priority.CRITICAL)
        raise_alert(connection, event, fields.Datetime.now())
        env.flush_all()

    def count(self):
        alerts = self.open()["psa.alert"].search([("connection_id", "=", self.connection_id)])
        return len(alerts), alerts.mapped("occurrence_count"), len(alerts.ticket_id)

    @mute_logger("odoo.sql_db")
    def test_two_devices_of_a_client_on_two_lanes_make_one_ticket(self):
        self.second.cr.execute("SELECT 1")  # its snapshot is older than what the first one does
        self.alert(self.first, 1)
        outcome = []

        def work():
            try:
                self.alert(self.second, 2)
                self.second.cr.commit()
            except errors.SerializationFailure as error:
                outcome.append(error)

        worker = Thread(target=work)
        worker.start()
        self.first.cr.commit()
        worker.join(30)
        self.assertEqual(len(outcome), 1)
        self.second.cr.rollback()
        self.second.invalidate_all()
        self.alert(self.second, 2)
        self.second.cr.commit()
        self.assertEqual(self.count(), (1, [2], 1))

    def test_worker_that_dies_before_its_commit_leaves_nothing(self):
        self.alert(self.first, 1)
        self.first.cr.rollback()
        self.alert(self.second, 1)
        self.second.cr.commit()
        self.assertEqual(self.count(), (1, [1], 1))

    @mute_logger("odoo.sql_db")
    def test_two_sweeps_at_the_end_of_maintenance_make_one_ticket(self):
        assets = self.open()["psa.asset"].search([("pulseway_id", "=", "two_lanes_1")])
        assets.with_user(SUPERUSER_ID).is_in_maintenance = True
        assets.env.cr.commit()
        self.alert(self.first, 1)
        self.first.cr.commit()
        self.assertEqual(self.count(), (1, [1], 0))
        assets.with_user(SUPERUSER_ID).is_in_maintenance = False
        assets.env.cr.commit()
        for env in (self.first, self.second):
            env.cr.execute("SELECT 1")
            env.invalidate_all()
        self.assertEqual(self.sweep(self.first), 1)
        self.assertEqual(self.sweep(self.second), 0)
        self.first.cr.commit()
        self.second.cr.rollback()
        self.assertEqual(self.sweep(self.second), 0)
        self.second.cr.commit()
        self.assertEqual(self.count(), (1, [1], 1))

    def sweep(self, env):
        alerts = env["psa.alert"].with_user(env.ref("psa_base.user_integration"))
        count = alerts._end_maintenance()
        env.flush_all()
        return count
