from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...services.polls import pages
from ...tools import secrets_box
from ..calls.common import VendorMixin
from ..vendor_simulator import Fault
from ..vendor_simulator.faults import HTML, RATE_LIMITED, RESET, SERVER_ERROR, TRUNCATED

DEVICES = "GET /pulseway/v3/devices"


@tagged("post_install", "-at_install")
class TestHubSyncFaults(VendorMixin, TransactionCase):
    """Whatever a vendor does, a run ends in the right state with a reason, and nothing is lost or doubled."""

    def setUp(self):
        super().setUp()
        self.simulator.pulseway.add_fleet(120)
        self.client.rmm_group = "Client 00001"

    def assert_waits(self, sync, error_class, pattern):
        self.assertRecordValues(sync, [{"state": "running", "error_class": error_class, "tries": 1}])
        self.assertTrue(sync.retry_at)
        self.assertRegex(sync.reason, pattern)

    def go_on(self, sync):
        with freeze_time(sync.retry_at + timedelta(seconds=1)):
            self.run_poll(sync)

    def test_faults_that_pass_are_waited_for_and_nothing_is_lost(self):
        for fault, pattern in (
            (SERVER_ERROR, r"fault \(500\)"),
            (TRUNCATED, "cut short|broke"),
            (HTML, "web page"),
            (RESET, "broke"),
        ):
            with self.subTest(fault=fault.kind):
                self.simulator.fail(DEVICES, fault, skip=1)
                sync = self.start_poll(self.pulseway, "devices")
                self.run_poll(sync)
                self.assert_waits(sync, "temporary", pattern)
                self.go_on(sync)
                self.assertRecordValues(sync, [{"state": "done", "seen_count": 120, "reason": False, "tries": 0}])
        self.assertEqual(self.env["psa.asset"].search_count([("partner_id", "=", self.client.id)]), 120)

    def test_run_waits_as_long_as_the_vendor_asks(self):
        self.simulator.fail(DEVICES, Fault("status", status=429, retry_after=600))
        sync = self.poll(self.pulseway, "devices")
        self.assert_waits(sync, "rate_limited", "fewer calls")
        self.assertGreaterEqual(sync.retry_at - sync.worked_at, timedelta(seconds=600))

    def test_limit_without_a_time_is_waited_for_as_well(self):
        self.simulator.fail(DEVICES, RATE_LIMITED)
        self.assert_waits(self.poll(self.pulseway, "devices"), "rate_limited", "fewer calls")

    def test_run_that_waits_calls_nobody(self):
        self.simulator.fail(DEVICES, SERVER_ERROR)
        sync = self.poll(self.pulseway, "devices")
        self.simulator.forget_calls()
        self.run_poll(sync)
        self.assertFalse(self.simulator.find_calls())

    def test_fault_that_does_not_pass_fails_the_run_in_the_end(self):
        self.simulator.fail(DEVICES, SERVER_ERROR, times=None)
        sync = self.poll(self.pulseway, "devices")
        for _each in range(4):
            self.go_on(sync)
            if sync.state == "failed":
                break
        self.assertRecordValues(sync, [{"state": "failed", "error_class": "temporary"}])
        self.assertTrue(sync.ended_at)

    def test_wrong_credentials_fail_the_run_at_once_with_what_to_do(self):
        self.pulseway._set_credential(secrets_box.seal("sim-token-id:wrong"))
        self.pulseway.action_revoke_previous_credential()
        sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"state": "failed", "error_class": "permanent"}])
        self.assertIn("Check the credentials", sync.reason)

    def test_missing_credentials_fail_the_run_with_where_to_enter_them(self):
        connection = self.pulseway.copy()
        sync = self.poll(connection, "devices")
        self.assertRecordValues(sync, [{"state": "failed", "error_class": "needs_person"}])
        self.assertIn("Enter it on the connection", sync.reason)

    def test_answer_that_is_not_the_vendors_is_told(self):
        self.pulseway.base_url = self.simulator.rocketcyber_url
        sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"state": "failed", "error_class": "permanent"}])

    @mute_logger("odoo.addons.psa_base.models.polls.psa_hub_sync_run")
    def test_error_of_our_own_keeps_no_half_of_a_page(self):
        sync = self.start_poll(self.pulseway, "devices")
        with patch.object(pages, "keep_page", side_effect=ValueError("boom")):
            self.run_poll(sync)
        self.assert_waits(sync, "unexpected", "ValueError: boom")
        self.assertEqual(sync.seen_count, 0)
        self.go_on(sync)
        self.assertRecordValues(sync, [{"state": "done", "created_count": 120}])

    def test_page_whose_keeping_was_cut_off_is_fetched_again(self):
        """As after a kill between two pages: the run goes on with the page that was not stored."""
        sync = self.start_poll(self.pulseway, "devices")
        keep, calls = pages.keep_page, []

        class Killed(BaseException):
            """Like a kill: no `except Exception` catches it."""

        def keep_one(*args):
            calls.append(args)
            if len(calls) == 2:
                raise Killed
            return keep(*args)

        # Odoo's assertRaises would roll back the page that was stored before.
        with patch.object(pages, "keep_page", keep_one), suppress(Killed):
            self.run_poll(sync)
        self.env.invalidate_all()
        self.assertRecordValues(sync, [{"state": "running", "seen_count": 100}])
        self.run_poll(sync)
        self.assertRecordValues(sync, [{"state": "done", "seen_count": 120, "created_count": 120}])

    def test_vendors_clock_that_is_off_by_minutes_loses_no_notification(self):
        vendor = self.simulator.pulseway
        device = next(iter(vendor.devices))
        self.poll(self.pulseway, "alerts")
        vendor.clock_skew = -600
        vendor.add_notification("Low disk space", "4% free.", device)
        vendor.clock_skew = 600
        vendor.add_notification("High CPU", "99% busy.", device)
        self.assertEqual(self.poll(self.pulseway, "alerts").created_count, 2)
