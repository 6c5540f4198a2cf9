from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestState(PsaCase):
    """The two verbs by which a state changes, on assets: one is active, the other in maintenance."""

    def setUp(self):
        super().setUp()
        self.both = (self.asset | self.other_asset).with_user(self.operations)
        self.other_asset.action_start_maintenance()

    def test_update_of_some_in_another_state_is_refused_and_moves_none(self):
        with self.assertRaisesRegex(UserError, "BG-LAPTOP-1 is “In maintenance” and cannot become “In maintenance”"):
            self.both._update_state({"active"}, "maintenance")
        self.assertEqual(self.both.mapped("state"), ["active", "maintenance"])

    def test_take_moves_those_in_an_allowed_state_and_returns_them(self):
        self.assertEqual(self.both._take_state({"active"}, "decommissioned"), self.asset)
        self.assertEqual(self.both.mapped("state"), ["decommissioned", "maintenance"])
        self.assertTrue(self.asset.decommissioned_at)

    def test_take_of_nothing_returns_nothing(self):
        self.assertFalse(self.both._take_state({"decommissioned"}, "active"))
        self.assertEqual(self.both.mapped("state"), ["active", "maintenance"])
