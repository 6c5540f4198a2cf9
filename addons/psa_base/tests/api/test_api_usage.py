from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ...models.api import psa_api_usage
from ...tools.api.lease import Leases
from .common import PsaApiCase


@tagged("post_install", "-at_install")
class TestApiUsage(PsaApiCase):
    """The rate of a key, which is counted in the database several requests at a time."""

    def _get_access(self, rate):
        self.api_key.rate_per_minute = rate
        return self.env["psa.api.key"]._get_access(self.bearer)

    def _take(self, access, leases, times=1):
        """Let requests in by another worker, and return how many it let in."""
        with patch.object(psa_api_usage, "_leases", leases):
            taken = [self.env["psa.api.usage"]._take(access, "203.0.113.7") for _request in range(times)]
        return sum(left is not None for left in taken)

    def test_answers_tell_the_rate_and_what_is_left(self):
        # In a test all transactions share one connection, so a failing request would undo the count.
        path = f"/tickets/{self.create_ticket().number}"
        self.api_key.rate_per_minute = 3
        with freeze_time("2026-11-22 08:00:20"):
            answers = [self.call("GET", path) for _request in range(4)]
        self.assertEqual([answer.status_code for answer in answers], [200, 200, 200, 429])
        self.assertEqual({answer.headers["RateLimit-Policy"] for answer in answers}, {'"minute";q=3;w=60'})
        self.assertEqual(
            [answer.headers["RateLimit"] for answer in answers], [f'"minute";r={left};t=40' for left in (2, 1, 0, 0)]
        )
        self.assertEqual(answers[-1].headers["Retry-After"], "40")
        with freeze_time("2026-11-22 08:01:00"):
            self.assertEqual(self.call("GET", path).headers["RateLimit"], '"minute";r=2;t=60')

    def test_key_that_nobody_knows_is_told_nothing(self):
        self.assertNotIn("RateLimit", self.call("GET", "/tickets/x", bearer="psa_wrong").headers)

    def test_workers_together_never_let_more_in_than_the_rate(self):
        for rate in (1, 7, 130, 1300):
            workers = [Leases() for _worker in range(4)]
            with self.subTest(rate), freeze_time(datetime(2026, 11, 22, 8, rate % 60)):
                access = self._get_access(rate)
                let_in = sum(self._take(access, workers[turn % 4]) for turn in range(rate + 50))
                self.assertEqual(let_in, rate)

    def test_busy_key_asks_the_database_seldom(self):
        access, leases = self._get_access(6000), Leases()
        with freeze_time("2026-11-22 08:00:00"):
            self._take(access, leases, times=31)
            # Five times two queries: the count, and the setting that its commit does not wait for the disk.
            with self.assertQueryCount(10):
                self.assertEqual(self._take(access, leases, times=100), 100)

    def test_key_over_its_rate_asks_no_more(self):
        access, leases = self._get_access(2), Leases()
        with freeze_time("2026-11-22 08:00:00"):
            self._take(access, leases, times=3)
            with self.assertQueryCount(0):
                self.assertEqual(self._take(access, leases, times=5), 0)

    def test_rate_that_is_lowered_holds_at_once(self):
        leases = Leases()
        with freeze_time("2026-11-22 08:00:00"):
            self.assertEqual(self._take(self._get_access(6000), leases, times=40), 40)
            self.assertEqual(self._take(self._get_access(10), leases, times=5), 0)

    def test_rare_key_is_counted_for_what_it_did(self):
        access, leases = self._get_access(6000), Leases()
        with freeze_time("2026-11-22 08:00:00"):
            self._take(access, leases)
        usage = self.env["psa.api.usage"].search([("key_id", "=", self.api_key.id)])
        self.assertRecordValues(usage, [{"request_count": 1, "address": "203.0.113.7"}])
