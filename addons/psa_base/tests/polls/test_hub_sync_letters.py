from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...adapters import ADAPTERS
from ...services.polls import pages
from ..common import trap_jobs
from .common import PollMixin


@tagged("post_install", "-at_install")
class TestHubSyncLetters(PollMixin, TransactionCase):
    """Polled devices that only a person can settle: each makes one dead letter until that is settled."""

    def test_device_of_an_unknown_client_is_a_dead_letter_once(self):
        self.client.rmm_group = False
        self.add_device()
        for _each in range(2):
            sync = self.poll(self.pulseway, "devices")
            self.assertRecordValues(sync, [{"state": "done", "created_count": 0, "triage_count": 1}])
        message = self.list_messages(self.pulseway)
        self.assertEqual((len(message), message.source, message.event_type), (1, "poll", "Device"))
        self.inbox.browse(message.id)._work()
        self.assertRecordValues(message, [{"state": "dead", "mend": "map_client"}])
        self.assertIn("Northwind Dental", message.reason)

    def test_mended_device_is_worked_by_a_replay(self):
        self.client.rmm_group = False
        identifier = self.add_device()
        self.poll(self.pulseway, "devices")
        message = self.list_messages(self.pulseway)
        self.inbox.browse(message.id)._work()
        self.link()
        message.with_user(self.dispatcher).action_replay()
        self.assertEqual(message.state, "done", message.reason)
        self.assertEqual(message.asset_id.pulseway_id, identifier)

    def work_letters(self, state):
        """Work the waiting messages; returns all of the connection, after checking the state of the latest."""
        self.inbox._drain(self.pulseway)
        messages = self.list_messages(self.pulseway)
        self.assertEqual(messages[-1].state, state, messages[-1].reason)
        return messages

    def answer(self, message, asset):
        """Say in the dialog which asset the device is."""
        action = message.with_user(self.dispatcher).action_mend()
        match = self.env[action["res_model"]].with_user(self.dispatcher).browse(action["res_id"])
        match.line_ids.filtered(lambda line: line.asset_id == asset).action_choose()
        self.assertEqual(message.state, "done", message.reason)

    def test_device_that_is_doubtful_again_is_a_dead_letter_again_once(self):
        twin, namesake = self.env["psa.asset"].create(
            [
                {"name": "OLD-NAME", "partner_id": self.client.id, "serial_number": "SN-SRV-FS01"},
                {"name": "SRV-FS01", "partner_id": self.client.id},
            ]
        )
        self.add_device()
        self.poll(self.pulseway, "devices")
        first = self.work_letters("dead")
        self.answer(first, twin)
        self.assertEqual(self.poll(self.pulseway, "devices").triage_count, 0)
        # The person's answer was wrong.
        twin.with_user(self.technician).pulseway_id = False
        for _each in range(2):
            self.assertEqual(self.poll(self.pulseway, "devices").triage_count, 1)
            self.assertEqual(len(self.work_letters("dead")), 2)
        self.answer(self.list_messages(self.pulseway) - first, namesake)
        self.assertEqual(self.poll(self.pulseway, "devices").triage_count, 0)
        self.assertEqual(first.state, "done")

    def test_page_of_unsettled_devices_that_is_kept_twice_makes_one_letter_of_each(self):
        self.client.rmm_group = False
        for number in range(2):
            self.add_device(f"PC-{number}")
        self.poll(self.pulseway, "devices")
        self.link()
        self.work_letters("done")
        self.env["psa.asset"].search([("partner_id", "=", self.client.id)]).unlink()
        self.env["psa.hub.organization"].search([]).partner_id = False
        rows = ADAPTERS["pulseway"].fetch_devices(self.pulseway._make_client(), None).rows
        connection = self.pulseway.with_user(self.integration_user)
        with trap_jobs():
            for _each in range(2):
                pages.keep_page(connection, "devices", rows, fields.Datetime.now())
        self.assertEqual(self.list_messages(self.pulseway).mapped("state"), ["done", "done", "received", "received"])

    def test_device_of_an_organization_that_is_another_clients_is_a_letter_and_not_missing(self):
        self.client.rmm_group = False
        identifier = self.add_device()
        now = fields.Datetime.now()
        with freeze_time(now - timedelta(days=2)):
            self.poll(self.pulseway, "devices")
            organization = self.link()
            self.work_letters("done")
        with freeze_time(now - timedelta(days=1)):
            self.assertEqual(self.poll(self.pulseway, "devices").unchanged_count, 1)
        organization.partner_id = self.env["res.partner"].create({"name": "Fabrikam", "is_company": True})
        sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"triage_count": 1, "missing_count": 0}])
        self.assertEqual(self.work_letters("dead")[-1].mend, "move_asset")
        asset = self.env["psa.asset"].search([("pulseway_id", "=", identifier)])
        self.assertEqual(asset.last_told_at, sync.started_at)
