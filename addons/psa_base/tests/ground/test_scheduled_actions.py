from odoo.tests import tagged

from ...series import GROUPS
from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestScheduledActions(PsaCase):
    """Odoo refuses an action to a user who may not write its model, and only the log tells."""

    def test_user_of_each_scheduled_action_may_run_it(self):
        crons = self.env["ir.cron"].with_context(active_test=False).search([])
        self.assertTrue(crons)
        for cron in crons:
            with self.subTest(cron.name):
                action, user = cron.ir_actions_server_id, cron.user_id
                model = self.env[cron.model_id.model].with_user(user)
                self.assertTrue(action[GROUPS] & user[GROUPS] or model.has_access("write"))
