import json
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, tagged

from ...adapters import ADAPTERS
from ...adapters.facts import Incoming
from ...exceptions import CallError, ErrorClass
from ...services.asset.news import CLOCK_SKEW
from ..common import SameCursorMixin, new_test_user, read_payload
from ..hub.common import HubMixin, WebhookMixin


@tagged("post_install", "-at_install")
class TestHubCompanies(HubMixin, TransactionCase):
    """Dialogs of one company neither change nor show anything of another company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.sister = cls.env["res.company"].create({"name": "Sister Pty Ltd"})
        cls.far_team = cls.env["helpdesk.ticket.team"].create({"name": "Far desk", "company_id": cls.sister.id})
        cls.far = cls.env["psa.hub.connection"].create(
            {"name": "Far away", "company_id": cls.sister.id, "team_id": cls.far_team.id}
        )

    def test_client_is_not_mapped_at_a_connection_of_another_company(self):
        dialog = (
            self.env["psa.hub.map.client"]
            .with_user(self.dispatcher)
            .create({"connection_id": self.far.id, "organization_id": "77", "partner_id": self.client.id})
        )
        with self.assertRaises(AccessError):
            dialog.action_map()
        self.assertFalse(self.env["psa.hub.organization"].search([("connection_id", "=", self.far.id)]))

    def test_client_of_another_company_is_not_mapped(self):
        hidden = self.env["res.partner"].create(
            {"name": "Hidden Pty Ltd", "is_company": True, "company_id": self.sister.id}
        )
        dialog = (
            self.env["psa.hub.map.client"]
            .with_user(self.dispatcher)
            .create({"connection_id": self.connection.id, "organization_id": "77", "partner_id": hidden.id})
        )
        with self.assertRaises(AccessError):
            dialog.action_map()

    def test_rules_are_not_tried_on_a_connection_of_another_company(self):
        tester = (
            self.env["psa.alert.tester"]
            .with_user(self.dispatcher)
            .create(
                {"connection_id": self.far.id, "payload": json.dumps(read_payload("generic", "notification_critical"))}
            )
        )
        with self.assertRaises(AccessError):
            tester.action_try()

    def test_organization_does_not_move_to_another_connection(self):
        organization = self.env["psa.hub.organization"].create(
            {"connection_id": self.connection.id, "external_id": "5", "name": "Five"}
        )
        with self.assertRaises(UserError):
            organization.with_user(self.dispatcher).connection_id = self.far

    def test_maintenance_of_another_company_silences_nothing(self):
        asset = self.env["psa.asset"].create({"name": "NW-1", "partner_id": self.client.id})
        self.env["psa.maintenance.window"].create(
            [
                {"name": "Theirs", "company_id": self.sister.id, "partner_id": self.client.id},
                {
                    "name": "Theirs too",
                    "company_id": self.sister.id,
                    "connection_id": self.far.id,
                    "asset_ids": [Command.set(asset.ids)],
                },
            ]
        )
        windows = self.env["psa.maintenance.window"]
        self.assertEqual(windows._find_reason(self.connection, self.client, asset), "")
        self.env["psa.maintenance.window"].create({"name": "Ours", "partner_id": self.client.id})
        self.assertIn("Ours", windows._find_reason(self.connection, self.client, asset))


@tagged("post_install", "-at_install")
class TestHubCredentialTheft(SameCursorMixin, HubMixin, TransactionCase):
    """Whoever may change the address of a connection cannot get to see its credential."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")
        cls.far = (
            cls.env["psa.hub.connection"]
            .with_user(cls.administrator)
            .create(
                {
                    "name": "Pulseway",
                    "adapter": "pulseway",
                    "team_id": cls.team.id,
                    "call_interval": 0,
                    "base_url": "https://api.pulseway.example/v3",
                }
            )
        )

    def enter(self, secret):
        dialogs = self.env["psa.hub.credential"].with_user(self.administrator)
        dialogs = dialogs.with_context(**self.far.action_enter_credential()["context"])
        dialogs.create({"identifier": "token", "secret": secret}).action_keep()

    def test_new_host_gets_no_credential_of_the_one_before(self):
        for change in (
            {"base_url": "https://evil.example/v3"},
            {"base_url": "https://api.pulseway.example:8443/v3"},
            {"base_url": False},
            {"adapter": "rocketcyber", "base_url": False},
        ):
            with self.subTest(change):
                self.far.write({"adapter": "pulseway", "base_url": "https://api.pulseway.example/v3"})
                self.enter("older")
                self.enter("newer")
                self.far.write(change)
                self.assertFalse(self.far.sudo().credential_sealed)
                self.assertFalse(self.far.sudo().previous_credential_sealed)
                with self.assertRaises(CallError) as caught:
                    self.far._get_auths()
                self.assertEqual(caught.exception.error_class, ErrorClass.NEEDS_PERSON)

    def test_another_path_of_the_same_host_keeps_the_credential(self):
        self.enter("newer")
        self.far.base_url = "https://API.pulseway.example:443/v4"
        self.assertEqual(self.far._get_auths(), (("token", "newer"), None))


@tagged("post_install", "-at_install")
class TestHubHostilePayload(HubMixin, TransactionCase):
    """No payload of a sender can stop the polls, hide a dead letter or freeze an asset."""

    def test_half_characters_are_kept_fetched_and_shown(self):
        payload = {**read_payload("generic", "registered"), "Note": "\ud800", "Group": "Nobody \udfff"}
        new = self.inbox._store_many(
            self.connection,
            [
                Incoming(ADAPTERS["rocketcyber"].get_dedupe_key({}, {"id": "7\ud800\x00"}), "Incident", "7", payload),
                Incoming("other", "Device", "device", payload),
            ],
        )
        self.assertEqual(new, 2)
        for message in self.inbox.search([("connection_id", "=", self.connection.id)]):
            message._work()
            self.assertEqual(message.state, "dead")
            message.payload.encode()
            letter = self.env["psa.hub.dead.letter"].browse(self.env["psa.hub.dead.letter"]._get_ids(message))
            letter.payload.encode()

    def test_audit_time_in_the_future_does_not_freeze_the_asset(self):
        device = read_payload("pulseway", "device")
        self.connection.adapter = "pulseway"
        self.client.rmm_group = device["OrganizationName"]
        message = self.work({**device, "LastSeenOnline": "9999-12-31T00:00:00Z"})
        self.assertEqual(message.state, "done", message.reason)
        self.assertLessEqual(message.asset_id.last_audit, message.received_at + CLOCK_SKEW)
        told = {**device, "LastSeenOnline": None, "Note": "later"}
        with freeze_time(message.received_at + timedelta(hours=2)):
            later = self.work(told)
        self.assertEqual(later.state, "done", later.reason)
        self.assertEqual(later.asset_id.last_audit, later.received_at)


@tagged("post_install", "-at_install")
class TestHubHostileDelivery(WebhookMixin, HttpCase):
    """A posted payload with half characters is stored, masked, and stops nothing."""

    def test_half_characters_pass_a_mask(self):
        self.connection.mask_ids = [Command.create({"path": "Note", "how": "hash"})]
        body = json.dumps({**read_payload("generic", "registered"), "Note": "\ud800", "More": "\udfff"}).encode()
        answer = self.deliver(body)
        self.assertEqual(answer.status_code, 202, answer.text)
