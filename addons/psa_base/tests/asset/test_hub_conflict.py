from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from ..common import new_test_user
from .common import DeviceMixin


@tagged("post_install", "-at_install")
class TestHubConflict(DeviceMixin, TransactionCase):
    """What monitoring says about fields that Odoo owns: listed, decided by people, silent once decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.technician = new_test_user(cls.env, login="terry", groups="psa_base.group_support")
        cls.rule = cls.env.ref("psa_base.psa_hub_ownership_asset_hostname")
        cls.rule.master = "odoo"

    def setUp(self):
        super().setUp()
        self.asset = self.register()

    def _tell(self, name, minute):
        result = self.upsert(name=name, minute=minute)
        self.env.invalidate_all()
        return result

    @property
    def conflicts(self):
        return self.env["psa.hub.conflict"].with_user(self.dispatcher).search([("asset_id", "=", self.asset.id)])

    def test_other_value_is_listed_and_ours_stays(self):
        self.assertEqual(self._tell("RENAMED", 5).conflicts, 1)
        self.assertEqual(self.asset.name, "SRV-FS01")
        self.assertRecordValues(
            self.conflicts,
            [{"field": "name", "ours": "SRV-FS01", "theirs": "RENAMED", "state": "open"}],
        )
        self.assertEqual(self.asset.with_user(self.technician).conflict_count, 1)

    def test_same_word_again_is_no_news(self):
        self._tell("RENAMED", 5)
        result = self._tell("RENAMED", 6)
        self.assertEqual((result.unchanged, result.conflicts, len(self.conflicts)), (1, 0, 1))

    def test_another_word_changes_the_open_conflict(self):
        self._tell("RENAMED", 5)
        self._tell("RENAMED-AGAIN", 6)
        self.assertEqual(self.conflicts.mapped("theirs"), ["RENAMED-AGAIN"])

    def test_conflict_closes_when_both_agree(self):
        self._tell("RENAMED", 5)
        self._tell("SRV-FS01", 6)
        self.assertEqual(self.conflicts.state, "agreed")
        self.assertFalse(self.asset.conflict_count)

    def test_theirs_are_taken_for_many_at_once_and_put_back(self):
        other = self.register("id-2", name="LT-01", serial_number="OTHER")
        self._tell("RENAMED", 5)
        self.upsert("id-2", name="LT-02", serial_number="OTHER", minute=5)
        conflicts = self.env["psa.hub.conflict"].with_user(self.dispatcher).search([("state", "=", "open")])
        conflicts = conflicts.filtered(lambda conflict: conflict.asset_id in self.asset | other)
        conflicts.action_take_theirs()
        self.assertEqual((self.asset.name, other.name), ("RENAMED", "LT-02"))
        self.assertRecordValues(conflicts[0], [{"state": "taken", "decided_by_id": self.dispatcher.id}])
        conflicts.action_undo()
        self.assertEqual((self.asset.name, other.name), ("SRV-FS01", "LT-01"))
        self.assertEqual(conflicts.mapped("state"), ["open", "open"])

    def test_ours_kept_is_silent_until_theirs_changes_again(self):
        self._tell("RENAMED", 5)
        self.conflicts.action_keep_ours()
        self.assertEqual(self._tell("RENAMED", 6).conflicts, 0)
        self.assertEqual(self.conflicts.mapped("state"), ["kept"])
        self.assertEqual(self._tell("RENAMED-AGAIN", 7).conflicts, 1)
        self.assertEqual(self.conflicts.sorted("id").mapped("state"), ["kept", "open"])

    def test_change_after_a_decision_is_not_undone(self):
        self._tell("RENAMED", 5)
        self.conflicts.action_take_theirs()
        self.asset.with_user(self.technician).name = "THIRD"
        with self.assertRaisesRegex(UserError, "has changed since then"):
            self.conflicts.action_undo()

    def test_decision_before_a_newer_conflict_is_not_undone(self):
        self._tell("RENAMED", 5)
        kept = self.conflicts
        kept.action_keep_ours()
        self._tell("RENAMED-AGAIN", 6)
        with self.assertRaisesRegex(UserError, "newer"):
            kept.action_undo()

    def _decide_twice(self):
        """Two decisions about one field of an asset: the older one, and the newest."""
        self._tell("RENAMED", 5)
        self.conflicts.action_keep_ours()
        self._tell("RENAMED-AGAIN", 6)
        self.conflicts.filtered(lambda conflict: conflict.state == "open").action_keep_ours()
        return self.conflicts.sorted("id")

    def test_decision_before_a_newer_one_is_not_undone(self):
        older, newest = self._decide_twice()
        for conflicts in (older, older | newest):
            with self.assertRaisesRegex(UserError, "newer conflict about Hostname"):
                conflicts.action_undo()
            self.assertEqual((older | newest).mapped("state"), ["kept", "kept"])
        newest.action_undo()
        self.assertEqual((older | newest).mapped("state"), ["kept", "open"])

    def test_value_that_waits_for_approval_is_taken_by_a_person(self):
        self.rule.write({"master": "monitoring", "flow": "approval"})
        self._tell("RENAMED", 5)
        self.assertEqual(self.asset.name, "SRV-FS01")
        self.conflicts.action_take_theirs()
        self.assertEqual(self.asset.name, "RENAMED")

    def test_technician_sees_and_does_not_decide(self):
        self._tell("RENAMED", 5)
        with self.assertRaisesRegex(AccessError, "Only operations"):
            self.conflicts.with_user(self.technician).action_take_theirs()

    def test_conflict_is_written_by_nobody(self):
        self._tell("RENAMED", 5)
        with self.assertRaises(AccessError):
            self.conflicts.write({"theirs": "x"})
