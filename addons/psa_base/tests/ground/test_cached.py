from unittest.mock import patch

from odoo.tests import tagged

from ...tools.rehearsal import rehearse
from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestCached(PsaCase):
    """What the cache holds of a record is forgotten at the write, and once more when others can see the change."""

    def assert_forgotten_twice(self, write):
        with patch.object(type(self.env.registry), "clear_cache") as clear:
            write()
            self.env.flush_all()
            self.assertTrue(clear.called, "nothing was forgotten at the write")
            clear.reset_mock()
            self.env.cr.postcommit.run()
            self.assertTrue(clear.called, "nothing was forgotten after the commit")

    def test_revoked_secret_of_a_connection_is_forgotten_twice(self):
        connection = self.env["psa.hub.connection"].create({"name": "Monitoring", "team_id": self.team.id})
        self.env.cr.postcommit.clear()
        self.assert_forgotten_twice(connection._rotate_secret)
        self.assert_forgotten_twice(connection.unlink)

    def test_rules_are_forgotten_twice(self):
        sla = self.env["helpdesk.sla"].create({"name": "Closed in time", "hours": 8, "stage_id": self.closed.id})
        threshold = self.env["psa.sla.threshold"].create({"name": "Close to the target", "layer": "client"})
        gate = self.add_gate(self.request, self.triage)
        for record, vals in (
            (sla, {"hours": 4}),
            (threshold, {"percent": 60}),
            (gate, {"message": "Still shut."}),
            (self.closed, {"sequence": 99}),
            (self.lifecycle.transition_ids[0], {"gate_ids": [(5,)]}),
        ):
            with self.subTest(record._name):
                self.env.cr.postcommit.clear()
                self.assert_forgotten_twice(lambda record=record, vals=vals: record.write(vals))

    def test_working_time_is_forgotten_twice(self):
        calendar = self.env["resource.calendar"].create({"name": "Weekdays"})
        self.team.resource_calendar_id = calendar
        self.env.cr.postcommit.clear()
        self.assert_forgotten_twice(lambda: calendar.attendance_ids[0].write({"hour_to": 18}))

    def test_rules_of_a_rehearsal_do_not_outlive_it(self):
        rules = self.lifecycle._get_rules()
        with rehearse(self.env):
            self.lifecycle.initial_stage_id = self.triage
            self.assertEqual(self.lifecycle._get_rules().initial_stage_id, self.triage.id)
        self.assertEqual(self.lifecycle._get_rules().initial_stage_id, rules.initial_stage_id)
