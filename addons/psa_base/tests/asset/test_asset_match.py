from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged

from ..common import new_test_user, read_payload, trap_jobs
from .common import DeviceMixin


@tagged("post_install", "-at_install")
class TestAssetMatch(DeviceMixin, TransactionCase):
    """A person says which asset a device is, and what waited for that is worked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.technician = new_test_user(cls.env, login="terry", groups="psa_base.group_support")
        cls.registered = read_payload("generic", "registered")
        cls.identifier = cls.registered["SystemIdentifier"]

    def _open(self, message, mend):
        self.assertRecordValues(message, [{"state": "dead", "mend": mend}])
        action = message.with_user(self.dispatcher).action_mend()
        return self.env[action["res_model"]].with_user(self.dispatcher).browse(action["res_id"])

    def _doubt(self):
        """A device whose serial number says one asset and whose name another; a second message of it waits as well."""
        self.by_serial = self.create_asset(name="OLD-NAME", serial_number="5CG1234XYZ")
        self.by_name = self.create_asset()
        messages = self.work(self.registered) | self.work({**self.registered, "OS": "Windows Server 2025"})
        return messages, self._open(messages[0], "match_device")

    def test_dialog_shows_device_and_candidates_side_by_side(self):
        messages, match = self._doubt()
        self.assertRecordValues(
            match,
            [{"name": "SRV-FS01", "serial_number": "5CG1234XYZ", "partner_id": self.client.id, "is_whole": True}],
        )
        self.assertEqual(match.line_ids.asset_id, self.by_serial | self.by_name)
        self.assertEqual(match.line_ids.mapped("same"), ["serial number, client", "hostname, client"])
        self.assertEqual(match.reason, messages[0].reason)
        with Form(match) as form:
            self.assertEqual(len(form.line_ids), 2)

    def test_it_is_this_asset_works_all_that_waited_for_it(self):
        messages, match = self._doubt()
        match.line_ids[0].action_choose()
        self.assertEqual(messages.mapped("state"), ["done", "done"], messages.mapped("reason"))
        self.assertEqual(messages.asset_id, self.by_serial)
        self.assertRecordValues(
            self.by_serial,
            [{"name": "SRV-FS01", "pulseway_id": self.identifier, "os_info": "Windows Server 2025"}],
        )

    def test_more_than_can_be_worked_at_once_is_worked_in_the_background(self):
        messages, match = self._doubt()
        for number in range(19):
            messages |= self.work({**self.registered, "OS": f"Build {number}"})
        self.assertEqual(len(messages.filtered(lambda message: message.state == "dead")), 21)
        with trap_jobs():
            action = match.line_ids[0].action_choose()
            replay = self.env[action["res_model"]].with_user(self.dispatcher).browse(action["res_id"])
            self.assertEqual(replay.total_count, 21)
            replay._work_batch(0)
        self.assertEqual(set(messages.mapped("state")), {"done"}, messages.mapped("reason"))
        self.assertEqual(messages.asset_id, self.by_serial)

    def test_it_is_a_new_device_makes_an_asset(self):
        messages, match = self._doubt()
        match.action_new_device()
        self.assertEqual(messages.mapped("state"), ["done", "done"], messages.mapped("reason"))
        self.assertNotIn(messages.asset_id, self.by_serial | self.by_name)
        self.assertRecordValues(messages.asset_id, [{"name": "SRV-FS01", "pulseway_id": self.identifier}])
        self.assertEqual(messages.asset_id.create_uid, self.integration_user)

    def test_it_is_another_asset_that_was_chosen_by_hand(self):
        messages, match = self._doubt()
        with self.assertRaisesRegex(UserError, "Choose the asset first"):
            match.action_choose()
        match.asset_id = self.create_asset(name="THIRD")
        match.action_choose()
        self.assertEqual(messages.asset_id, match.asset_id)

    def test_device_that_moved_takes_its_asset_along(self):
        asset = self.create_asset(pulseway_id=self.identifier, partner_id=self.other_client.id)
        message = self.work(self.registered)
        match = self._open(message, "move_asset")
        match.line_ids.action_choose()
        self.assertRecordValues(message, [{"state": "done", "asset_id": asset.id}])
        self.assertEqual(asset.partner_id, self.client)

    def test_asset_with_tickets_stays_and_the_device_becomes_a_new_one(self):
        asset = self.create_asset(pulseway_id=self.identifier, partner_id=self.other_client.id)
        self.env["helpdesk.ticket"].create(
            {"name": "Slow", "description": "Slow", "partner_id": self.other_client.id, "asset_id": asset.id}
        )
        message = self.work(self.registered)
        match = self._open(message, "move_asset")
        with self.assertRaisesRegex(ValidationError, "has tickets of Fabrikam"), self.env.cr.savepoint():
            match.line_ids.action_choose()
        match.action_new_device()
        self.assertEqual(message.state, "done", message.reason)
        self.assertEqual(message.asset_id.partner_id, self.client)
        self.assertFalse(asset.pulseway_id)

    def test_alert_of_an_unknown_device_finds_its_asset(self):
        asset = self.create_asset()
        message = self.work(read_payload("generic", "notification_critical"))
        match = self._open(message, "find_device")
        self.assertFalse(match.is_whole)
        with self.assertRaisesRegex(UserError, "Let the device register"):
            match.action_new_device()
        match.asset_id = asset
        match.action_choose()
        self.assertRecordValues(message, [{"state": "done", "asset_id": asset.id}])

    def test_technician_is_refused(self):
        messages, match = self._doubt()
        with self.assertRaises(AccessError):
            messages[0].with_user(self.technician).action_mend()
