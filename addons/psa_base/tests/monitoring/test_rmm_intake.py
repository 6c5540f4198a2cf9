from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..common import read_payload
from ..hub.common import HubMixin

IDENTIFIER = "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b"


@tagged("post_install", "-at_install")
class TestRmmIntakeDevices(HubMixin, TransactionCase):
    """What a device that registers does to the assets."""

    def setUp(self):
        super().setUp()
        self.payload = read_payload("generic", "registered")

    def _create_asset(self, **values):
        return self.env["psa.asset"].create({"name": "SRV-FS01", "partner_id": self.client.id, **values})

    def _register(self, **changes):
        return self.work({**self.payload, **changes})

    def _assert_dead(self, message, pattern):
        self.assertEqual(message.state, "dead")
        self.assertRegex(message.reason, pattern)
        self.assertFalse(message.asset_id)

    def test_new_device_becomes_asset_of_its_client(self):
        message = self._register()
        self.assertEqual(message.state, "done", message.reason)
        self.assertRecordValues(
            message.asset_id,
            [
                {
                    "name": "SRV-FS01",
                    "pulseway_id": IDENTIFIER,
                    "serial_number": "5CG1234XYZ",
                    "os_info": "Windows Server 2022",
                    "partner_id": self.client.id,
                    "state": "active",
                    "last_audit": message.received_at,
                }
            ],
        )
        self.assertEqual(message.asset_id.create_uid, self.integration_user)

    def test_same_device_again_changes_nothing(self):
        first = self._register()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=5)):
            second = self._register()
        self.assertEqual(second.asset_id, first.asset_id)
        self.assertEqual(first.asset_id.last_audit, first.received_at)

    def test_changed_device_is_brought_up_to_date(self):
        asset = self._register().asset_id
        with freeze_time(fields.Datetime.now() + timedelta(minutes=5)):
            self._register(Name="SRV-FS02", OS="Windows Server 2025")
        self.assertRecordValues(asset, [{"name": "SRV-FS02", "os_info": "Windows Server 2025"}])

    def test_value_that_is_not_told_stays(self):
        asset = self._register().asset_id
        self._register(CustomFields={}, OS=None)
        self.assertRecordValues(asset, [{"serial_number": "5CG1234XYZ", "os_info": "Windows Server 2022"}])

    def test_older_message_does_not_overwrite_newer_data(self):
        late = self.store({**self.payload, "OS": "Windows Server 2019"})
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            asset = self._register().asset_id
            late._update_state(("done",), "dead")
            late._work()
        self.assertEqual(asset.os_info, "Windows Server 2022")

    def test_asset_with_same_serial_is_taken_up(self):
        asset = self._create_asset(name="OLD-NAME", serial_number="5cg1234xyz")
        self.assertEqual(self._register().asset_id, asset)
        self.assertRecordValues(asset, [{"name": "SRV-FS01", "pulseway_id": IDENTIFIER}])

    def test_placeholder_serial_identifies_nothing(self):
        asset = self._create_asset(name="OTHER", serial_number="To be filled by O.E.M.", pulseway_id="other")
        message = self._register(CustomFields={"Serial": "To be filled by O.E.M."})
        self.assertNotEqual(message.asset_id, asset)

    def test_unclaimed_asset_with_same_name_is_taken_up(self):
        asset = self._create_asset(name="srv-fs01")
        self.assertEqual(self._register().asset_id, asset)

    def test_doubtful_device_is_a_dead_letter_that_names_the_candidates(self):
        asset = self._create_asset(pulseway_id="another")
        message = self._register()
        self._assert_dead(message, "may be the same machine as SRV-FS01")
        self.assertEqual(message.mend, "match_device")
        self.assertEqual(message.mend_values["candidate_ids"], asset.ids)

    def test_archived_asset_is_found_and_stays_archived(self):
        asset = self._create_asset(pulseway_id=IDENTIFIER, active=False)
        self.assertEqual(self._register().asset_id, asset)
        self.assertFalse(asset.active)

    def test_decommissioned_asset_stays_so_and_says_it(self):
        asset = self._create_asset(pulseway_id=IDENTIFIER, state="decommissioned", os_info="XP")
        self.assertEqual(self._register().state, "done")
        self.assertRecordValues(asset, [{"state": "decommissioned", "os_info": "XP"}])
        self.assertIn("although it is decommissioned", asset.message_ids[0].body)

    def test_device_of_another_client_is_a_dead_letter(self):
        other = self.env["res.partner"].create({"name": "Fabrikam", "is_company": True})
        self._create_asset(partner_id=other.id, pulseway_id=IDENTIFIER)
        self._assert_dead(self._register(), "Fabrikam's asset here.*Northwind Dental")

    def test_unknown_group_is_a_dead_letter_until_it_is_filled_in(self):
        message = self._register(Group="Contoso")
        self._assert_dead(message, "No client has the group 'Contoso'.*fill in Monitoring group")

    def test_group_matches_whatever_its_case(self):
        self.assertEqual(self._register(Group="NORTHWIND dental").asset_id.partner_id, self.client)

    def test_group_falls_back_to_the_company_name(self):
        self.assertEqual(self._register(Group="northwind dental pty ltd").asset_id.partner_id, self.client)

    def test_group_with_wildcards_matches_nothing(self):
        self._assert_dead(self._register(Group="North%"), "No client has the group")

    def test_ambiguous_group_is_a_dead_letter_naming_the_clients(self):
        self.client.copy({"name": "Northwind Clinic", "rmm_group": "Northwind Dental"})
        self._assert_dead(self._register(), "several clients: .*Northwind Clinic")

    def test_missing_field_is_a_dead_letter_naming_it(self):
        message = self.work(read_payload("generic", "registered_without_group"))
        self._assert_dead(message, "field Group ")


@tagged("post_install", "-at_install")
class TestRmmIntakeAlerts(HubMixin, TransactionCase):
    """What an alert becomes."""

    def setUp(self):
        super().setUp()
        self.payload = read_payload("generic", "notification_critical")
        self.asset = self.env["psa.asset"].create(
            {"name": "SRV-FS01", "partner_id": self.client.id, "pulseway_id": IDENTIFIER}
        )

    def test_alert_becomes_ticket_on_its_asset(self):
        message = self.work(self.payload)
        self.assertEqual(message.state, "done", message.reason)
        self.assertRecordValues(
            message.ticket_id,
            [
                {
                    "name": "Low disk space",
                    "priority": "3",
                    "partner_id": self.client.id,
                    "asset_id": self.asset.id,
                    "team_id": self.team.id,
                    "user_id": False,
                    "channel_id": self.env.ref("psa_base.helpdesk_ticket_channel_monitoring").id,
                }
            ],
        )
        self.assertEqual(message.asset_id, self.asset)
        self.assertEqual(message.ticket_id.create_uid, self.integration_user)

    def test_markup_in_the_message_is_text_on_the_ticket(self):
        message = self.work({**self.payload, "Message": "<script>alert(1)</script>\n<b>x</b>"})
        self.assertIn("&lt;script&gt;", message.ticket_id.description)
        self.assertNotIn("<b>", message.ticket_id.description)

    def test_every_priority_has_its_level(self):
        for word, level in {"Low": "0", "Normal": "1", "Elevated": "2", "Critical": "3"}.items():
            self.assertEqual(self.work({**self.payload, "Priority": word}).ticket_id.priority, level)

    def test_automatic_assignment_does_not_choose_the_integration_user(self):
        self.env.company.helpdesk_mgmt_ticket_auto_assign = True
        self.assertFalse(self.work(self.payload).ticket_id.user_id)

    def test_unknown_device_is_a_dead_letter_until_it_registers(self):
        self.asset.pulseway_id = False
        message = self.work(self.payload)
        self.assertEqual(message.state, "dead")
        self.assertRegex(message.reason, f"No asset has the monitoring ID {IDENTIFIER}")
        self.assertFalse(message.ticket_id)
