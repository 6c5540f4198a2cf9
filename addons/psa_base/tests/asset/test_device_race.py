from psycopg2 import errors

from odoo import api, fields
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged

from ...adapters.facts import Device
from ...services.asset.devices import register_device

GROUP = "Two workers at once"


@tagged("post_install", "-at_install")
class TestDeviceRace(TransactionCase):
    """Two workers at once, in transactions of their own on rows that the test commits and takes away again."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.take_away)
        env = self.open(self.env.ref("base.user_root"))
        self.client_id = env["res.partner"].create({"name": GROUP, "is_company": True}).id
        team = env["helpdesk.ticket.team"].create({"name": GROUP})
        self.connection_id = env["psa.hub.connection"].create({"name": GROUP, "team_id": team.id}).id
        self.team_id = team.id
        env.cr.commit()
        env.cr.close()

    def open(self, user=None):
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        user = user or self.env.ref("psa_base.user_integration")
        return api.Environment(cr, user.id, {"tracking_disable": True})

    def take_away(self):
        env = self.open(self.env.ref("base.user_root"))
        self.get_assets(env).unlink()
        env["psa.hub.connection"].browse(self.connection_id).unlink()
        env["helpdesk.ticket.team"].browse(self.team_id).unlink()
        env["res.partner"].browse(self.client_id).unlink()
        env["psa.asset.claim"].search([("key", "ilike", GROUP)]).unlink()
        env.cr.commit()

    def commit(self, env):
        env.cr.commit()

    def get_assets(self, env):
        return env["psa.asset"].search([("partner_id", "=", self.client_id)])

    def register(self, env, identifier, serial_number=""):
        device = Device(identifier, GROUP, GROUP, serial_number=serial_number)
        connection = env["psa.hub.connection"].browse(self.connection_id)
        asset = register_device(connection, device, fields.Datetime.now())
        env.flush_all()
        return asset

    def assert_one_asset(self, first, second):
        """Both workers started before the other one was through; the later one starts again."""
        workers = [self.open(), self.open()]
        for env in workers:
            env.cr.execute("SELECT 1 FROM psa_asset LIMIT 1")
        asset_id = self.register(workers[0], *first).id
        self.commit(workers[0])
        with self.assertRaises(errors.SerializationFailure):
            self.register(workers[1], *second)
        workers[1].cr.rollback()
        workers[1].invalidate_all()
        self.assertEqual(self.register(workers[1], *second).id, asset_id)
        self.commit(workers[1])
        self.assertEqual(self.get_assets(self.open()).ids, [asset_id])

    def test_device_that_two_workers_register_at_once_is_one_asset(self):
        self.assert_one_asset(("race-1",), ("race-1",))

    def test_machine_under_two_identifiers_at_once_is_one_asset(self):
        self.assert_one_asset(("race-1", "RACE-SERIAL"), ("race-2", "RACE-SERIAL"))

    def test_asset_made_by_hand_is_taken_up_by_one_of_two_workers(self):
        env = self.open(self.env.ref("base.user_root"))
        env["psa.asset"].create({"name": GROUP, "partner_id": self.client_id, "serial_number": "RACE-SERIAL"})
        env.cr.commit()
        self.assert_one_asset(("race-1", "RACE-SERIAL"), ("race-2", "RACE-SERIAL"))
