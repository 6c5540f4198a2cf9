import json
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from ...adapters import ADAPTERS, pulseway_polls
from ...models.polls.psa_hub_sync_run import PsaHubSync
from ...services.polls import pages
from ..common import trap_jobs
from ..queries import count_queries
from .common import PollMixin


@tagged("post_install", "-at_install")
class TestHubSync(PollMixin, TransactionCase):
    """What is fetched from the vendors, and what becomes of it."""

    def test_organizations_are_kept_for_people_to_link(self):
        self.simulator.pulseway.add_organization("Blue Gum Legal")
        sync = self.poll(self.pulseway, "organizations")
        self.assertRecordValues(sync, [{"state": "done", "seen_count": 2, "created_count": 2, "reason": False}])
        again = self.poll(self.pulseway, "organizations")
        self.assertRecordValues(again, [{"state": "done", "created_count": 0, "unchanged_count": 2}])

    def test_renamed_organization_keeps_its_client(self):
        self.poll(self.pulseway, "organizations")
        organization = self.link()
        self.simulator.pulseway.organizations[0]["Name"] = "Northwind Smiles"
        sync = self.poll(self.pulseway, "organizations")
        self.assertEqual(sync.updated_count, 1)
        self.assertRecordValues(organization, [{"name": "Northwind Smiles", "partner_id": self.client.id}])

    def test_device_becomes_asset_of_the_linked_client(self):
        self.client.rmm_group = False
        identifier = self.add_device()
        self.poll(self.pulseway, "organizations")
        self.link()
        sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"state": "done", "created_count": 1, "triage_count": 0}])
        asset = self.env["psa.asset"].search([("pulseway_id", "=", identifier)])
        self.assertRecordValues(
            asset,
            [
                {
                    "name": "SRV-FS01",
                    "partner_id": self.client.id,
                    "serial_number": "SN-SRV-FS01",
                    "os_info": "Windows Server 2022",
                }
            ],
        )
        self.assertEqual(asset.create_uid, self.integration_user)

    def test_second_poll_of_the_same_devices_changes_nothing(self):
        for number in range(3):
            self.add_device(f"PC-{number}")
        self.assertEqual(self.poll(self.pulseway, "devices").created_count, 3)
        sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"created_count": 0, "updated_count": 0, "unchanged_count": 3}])

    def test_devices_come_page_by_page_and_with_their_organizations(self):
        for number in range(120):
            self.add_device(f"PC-{number:03d}")
        for number in range(5):
            self.add_device(f"PHONE-{number}", has_asset=False)
        sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"state": "done", "seen_count": 125, "created_count": 125, "total": 120}])
        self.assertFalse([call for call in self.simulator.find_calls("GET") if call.path.count("/") > 3])

    def test_run_goes_on_where_its_job_ended(self):
        for number in range(120):
            self.add_device(f"PC-{number:03d}")
        sync = self.start_poll(self.pulseway, "devices")
        with patch.object(PsaHubSync, "TIME_BUDGET", 0):
            self.run_poll(sync)
        self.assertRecordValues(sync, [{"state": "running", "seen_count": 100}])
        self.simulator.forget_calls()
        self.run_poll(sync)
        self.assertRecordValues(sync, [{"state": "done", "seen_count": 120, "created_count": 120}])
        [call] = self.simulator.find_calls("GET", "/pulseway/v3/assets")
        self.assertEqual(call.query["$skip"], "100")

    def test_page_that_was_kept_twice_has_no_second_effect(self):
        identifier = self.add_device()
        self.poll(self.pulseway, "devices")
        sync = self.start_poll(self.pulseway, "devices")
        with patch.object(PsaHubSync, "TIME_BUDGET", 0):
            self.run_poll(sync)
        self.assertEqual(self.env["psa.asset"].search_count([("pulseway_id", "=", identifier)]), 1)

    def test_lists_in_different_orders_are_put_together_all_the_same(self):
        for number in range(230):
            self.add_device(f"PC-{number:03d}")
        devices = self.simulator.pulseway.devices
        self.simulator.pulseway.devices = dict(sorted(devices.items(), key=lambda item: hash(item[1]["Name"])))
        with patch.object(pulseway_polls, "LOOK_AHEAD", 1):
            sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"state": "done", "created_count": 230, "triage_count": 0}])

    def test_what_is_kept_between_two_pages_does_not_grow_with_the_fleet(self):
        self.simulator.pulseway.add_fleet(900)
        for number in range(100):
            self.add_device(f"PHONE-{number}", has_asset=False)
        adapter, client, cursor, rows, kept = ADAPTERS["pulseway"], self.pulseway._make_client(), None, [], []
        while cursor or not kept:
            page = adapter.fetch_devices(client, cursor)
            cursor = page.cursor
            rows += page.rows
            kept.append(len(cursor["ahead"]) if cursor else 0)
        self.assertLessEqual(max(kept), pulseway_polls.PAGE_SIZE * 2)
        self.assertEqual(len({row["Identifier"] for row in rows}), 1000)
        self.assertFalse([row for row in rows if "OrganizationId" not in row])

    def test_known_page_costs_the_same_number_of_queries_however_many_devices(self):
        for number in range(20):
            self.add_device(f"PC-{number}")
        self.poll(self.pulseway, "devices")
        rows = ADAPTERS["pulseway"].fetch_devices(self.pulseway._make_client(), None).rows
        connection = self.pulseway.with_user(self.integration_user)

        def count(some):
            return count_queries(self.env, lambda: pages.keep_page(connection, "devices", some, fields.Datetime.now()))

        count(rows[:2])  # Fills Odoo's caches.
        self.assertEqual(count(rows[:2]), count(rows))

    def test_device_that_cannot_be_read_does_not_hold_up_the_others(self):
        self.add_device()
        self.add_device(name=["not", "a", "name"])
        sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"state": "done", "created_count": 1, "triage_count": 1}])

    def test_device_whose_time_is_no_time_does_not_hold_up_the_others(self):
        self.add_device()
        self.add_device("SRV-DC01", LastSeenOnline={})
        sync = self.poll(self.pulseway, "devices")
        self.assertRecordValues(sync, [{"state": "done", "created_count": 1, "triage_count": 1}])

    def test_device_that_is_gone_is_missing_but_stays(self):
        identifier = self.add_device()
        self.add_device("PC-2")
        with freeze_time(fields.Datetime.now() - timedelta(days=1)):
            self.poll(self.pulseway, "devices")
        del self.simulator.pulseway.devices[identifier]
        sync = self.poll(self.pulseway, "devices")
        self.assertEqual(sync.missing_count, 1)
        missing = self.env["psa.asset"].search(sync.with_user(self.dispatcher).action_view_missing()["domain"])
        self.assertRecordValues(missing, [{"pulseway_id": identifier, "state": "active"}])

    def test_notification_that_was_not_delivered_is_fetched_once(self):
        device = self.add_device()
        row = self.simulator.pulseway.add_notification("Low disk space", "Drive C: has 4% free.", device)
        self.assertEqual(self.poll(self.pulseway, "alerts").created_count, 1)
        message = self.list_messages(self.pulseway)
        self.assertRecordValues(
            message, [{"dedupe_key": f"notification:{row['Id']}", "device_key": device, "source": "poll"}]
        )
        self.simulator.forget_calls()
        sync = self.poll(self.pulseway, "alerts")
        self.assertRecordValues(sync, [{"state": "done", "created_count": 0}])
        self.assertEqual([call.path for call in self.simulator.find_calls()], ["/pulseway/v3/notifications"])

    def test_notification_that_was_delivered_is_not_fetched_again(self):
        device = self.add_device()
        row = self.simulator.pulseway.add_notification("Low disk space", "Drive C: has 4% free.", device)
        self.inbox._store(self.pulseway, f"notification:{row['Id']}", "Notification", "{}", {})
        self.assertEqual(self.poll(self.pulseway, "alerts").created_count, 0)

    def test_notifications_are_read_back_to_the_poll_before_and_a_little_further(self):
        device = self.add_device()
        now = fields.Datetime.now()
        moments = [now - timedelta(minutes=minutes) for minutes in (3000, 70, 10)]
        for moment in moments:
            self.simulator.pulseway.add_notification("Low disk space", "4% free.", device, DateTime=f"{moment:%FT%TZ}")
        with freeze_time(now - timedelta(hours=1)):
            first = self.poll(self.pulseway, "alerts")
        self.assertEqual(first.created_count, 2)
        second = self.poll(self.pulseway, "alerts")
        self.assertEqual(second.since, first.started_at - timedelta(minutes=15))

    def test_notifications_that_come_at_once_are_worked_in_the_order_of_what_happened(self):
        self.link()
        asset = self.env["psa.asset"].create({"name": "SRV-FS01", "partner_id": self.client.id})
        asset.pulseway_id = device = self.add_device()
        self.env["psa.alert.recovery"].create({"recovery_titles": "back online", "ended_titles": "offline"})
        now = fields.Datetime.now()
        told = {30: "Device offline", 20: "Device back online", 10: "Low disk space"}
        for minutes, title in told.items():
            moment = f"{now - timedelta(minutes=minutes):%FT%TZ}"
            self.simulator.pulseway.add_notification(title, title, device, DateTime=moment)
        self.poll(self.pulseway, "alerts")
        messages = self.list_messages(self.pulseway)
        self.assertEqual([json.loads(message.raw)["Message"] for message in messages], list(told.values()))
        self.inbox._drain(self.pulseway)
        alerts = self.env["psa.alert"].search([("asset_id", "=", asset.id)], order="id")
        self.assertRecordValues(
            alerts,
            [{"title": "Device offline", "state": "recovered"}, {"title": "Low disk space", "state": "open"}],
        )

    def test_incidents_are_fetched_open_and_resolved(self):
        vendor = self.simulator.rocketcyber
        incident = vendor.add_incident("Encoded PowerShell")
        vendor.add_incident("Old", status="resolved", resolvedAt="2020-01-01T00:00:00Z")
        self.assertEqual(self.poll(self.rocketcyber, "alerts").created_count, 1)
        self.assertEqual(self.poll(self.rocketcyber, "alerts").created_count, 0)
        vendor.resolve(incident["id"])
        self.assertEqual(self.poll(self.rocketcyber, "alerts").created_count, 1)
        messages = self.list_messages(self.rocketcyber)
        self.assertEqual(messages.mapped("event_type"), ["Incident open", "Incident resolved"])
        self.assertEqual(len(set(messages.mapped("lane"))), 1)
        organization = self.env["psa.hub.organization"].search([("connection_id", "=", self.rocketcyber.id)])
        self.assertRecordValues(organization, [{"external_id": "51877", "name": "Northwind Dental"}])

    def test_many_incidents_come_page_by_page(self):
        for number in range(450):
            self.simulator.rocketcyber.add_incident(f"Incident {number}")
        self.assertEqual(self.poll(self.rocketcyber, "alerts").created_count, 450)
        self.assertEqual(len(self.list_messages(self.rocketcyber)), 450)

    def test_poll_now_starts_each_kind_once(self):
        with trap_jobs() as trap:
            for _each in range(2):
                self.pulseway.with_user(self.dispatcher).action_poll_now()
            trap.assert_jobs_count(3)
        runs = self.pulseway.sync_ids
        self.assertEqual(set(runs.mapped("kind")), {"organizations", "devices", "alerts"})
        self.assertEqual(runs.requested_by_id, self.dispatcher)

    def test_technician_may_not_poll_or_stop(self):
        sync = self.start_poll(self.pulseway, "devices")
        with self.assertRaises(AccessError):
            self.pulseway.with_user(self.technician).action_poll_now()
        with self.assertRaises(AccessError):
            sync.with_user(self.technician).action_stop()

    def test_stopped_run_keeps_nothing_more(self):
        self.add_device()
        sync = self.start_poll(self.pulseway, "devices")
        sync.with_user(self.dispatcher).action_stop()
        self.run_poll(sync)
        self.assertRecordValues(sync, [{"state": "failed", "seen_count": 0}])
        self.assertIn(self.dispatcher.name, sync.reason)

    def test_schedule_starts_what_is_due_and_no_sooner(self):
        self.pulseway.write({"poll_interval_minutes": 5, "inventory_interval_hours": 1})
        runs = self.env["psa.hub.sync"].with_user(self.integration_user)
        now = fields.Datetime.now()
        with trap_jobs():
            runs._cron_poll()
            self.assertEqual(len(self.pulseway.sync_ids), 3)
            self.pulseway.sync_ids._update_state(("running",), "done", ended_at=now)
            with freeze_time(now + timedelta(minutes=4)):
                runs._cron_poll()
            self.assertEqual(len(self.pulseway.sync_ids), 3)
            with freeze_time(now + timedelta(minutes=6)):
                runs._cron_poll()
        self.assertEqual(self.pulseway.sync_ids[0].kind, "alerts")
        self.assertEqual(len(self.pulseway.sync_ids), 4)
        self.assertFalse(self.rocketcyber.sync_ids)

    def test_run_whose_job_was_lost_gets_another_one(self):
        sync = self.start_poll(self.pulseway, "devices")
        runs = self.env["psa.hub.sync"].with_user(self.integration_user)
        with trap_jobs() as trap:
            runs._cron_poll()
            trap.assert_jobs_count(0)
            with freeze_time(sync.started_at + timedelta(minutes=6)):
                runs._cron_poll()
            trap.assert_jobs_count(1, only=sync._run_pages)

    def test_old_runs_are_forgotten(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=31)):
            self.poll(self.pulseway, "organizations")
        kept = self.poll(self.pulseway, "organizations")
        self.env["psa.hub.sync"].sudo()._gc_old_runs()
        self.assertEqual(self.pulseway.sync_ids, kept)

    def test_latest_poll_that_was_complete_is_kept_however_old(self):
        old, now = fields.Datetime.now() - timedelta(days=40), fields.Datetime.now()
        runs = self.env["psa.hub.sync"].sudo()
        for kind in ("alerts", "devices"):
            for days, state in ((0, "done"), (1, "done"), (2, "failed")):
                moment = old + timedelta(days=days)
                values = {"kind": kind, "state": state, "started_at": moment, "ended_at": moment}
                runs.create({"connection_id": self.pulseway.id, **values})
        runs._gc_old_runs()
        kept = [(run.kind, run.state, run.started_at) for run in self.pulseway.sync_ids.sorted("id")]
        self.assertEqual(kept, [(kind, "done", old + timedelta(days=1)) for kind in ("alerts", "devices")])
        self.assertEqual(runs._get_since(self.pulseway, "alerts", now), now - runs.LONGEST_LOOK_BACK)
