from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged

from ...tools.origin import Origin
from ..common import PsaHttpCase, RpcError, new_test_user
from .common import DeviceMixin


@tagged("post_install", "-at_install")
class TestAssetOwnership(DeviceMixin, TransactionCase):
    """Who owns a field is held to, whichever way somebody changes it, and shown in the form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician = new_test_user(cls.env, login="terry", groups="psa_base.group_support")
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")

    def setUp(self):
        super().setUp()
        self.asset = self.register(os_info="Windows 11").with_user(self.technician)

    def _set_owner(self, field, master, flow="real_time"):
        rule = self.env["psa.hub.ownership"].search([("field", "=", field)])
        rule.with_user(self.administrator).write({"master": master, "flow": flow})
        self.env.invalidate_all()

    def test_field_of_monitoring_is_refused_to_people(self):
        with self.assertRaisesRegex(
            UserError, "Hostname of SRV-FS01 comes from Monitoring: change it there, .* Set-up › Ownership"
        ):
            self.asset.name = "OTHER"

    def test_refusal_holds_for_the_superuser_and_for_who_says_to_be_the_hub(self):
        for asset in (
            self.asset.sudo(),
            self.asset.with_context(**Origin.HUB.context),
            self.asset.with_context(psa_origin="hub"),
            self.asset.with_user(self.integration_user),
        ):
            with self.assertRaises(UserError):
                asset.write({"os_info": "Windows 12"})

    def test_import_is_refused_and_same_values_pass(self):
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "srv", "model": "psa.asset", "res_id": self.asset.id}
        )
        administered = self.env["psa.asset"].with_user(self.administrator)
        fields = ["id", "name", "partner_id/.id"]
        result = administered.load(fields, [["__import__.srv", "OTHER", str(self.client.id)]])
        self.assertIn("comes from Monitoring", result["messages"][0]["message"])
        result = administered.load(fields, [["__import__.srv", "SRV-FS01", str(self.client.id)]])
        self.assertFalse(result["messages"])

    def test_list_edit_of_many_names_the_one_that_is_monitored(self):
        by_hand = self.create_asset(name="PRINTER").with_user(self.technician)
        with self.assertRaisesRegex(UserError, "Serial number of SRV-FS01"):
            (by_hand | self.asset).write({"serial_number": "NEW"})
        by_hand.serial_number = "NEW"

    def test_field_that_odoo_owns_is_people_s(self):
        person = self.env["res.partner"].create({"name": "Kim", "parent_id": self.client.id})
        self.asset.assigned_user_id = person
        self._set_owner("name", "odoo")
        self.asset.name = "OTHER"
        self.assertEqual(self.asset.name, "OTHER")

    def test_asset_that_monitoring_never_told_of_is_people_s(self):
        asset = self.create_asset(pulseway_id="id-9").with_user(self.technician)
        asset.name = "OTHER"
        self.assertFalse(asset.ownership_hint)

    def test_form_shows_who_owns_and_follows_the_contract_at_once(self):
        with Form(self.asset) as form, self.assertRaisesRegex(AssertionError, "readonly"):
            form.os_info = "Windows 12"
        self.assertEqual(
            self.asset.ownership_hint,
            "From Monitoring: Hostname, Serial number, Operating system, Last audit. Change these there.",
        )
        self._set_owner("os_info", "manual")
        with Form(self.asset) as form:
            form.os_info = "Windows 12"
        self.assertEqual(self.asset.os_info, "Windows 12")
        self.assertNotIn("Operating system", self.asset.ownership_hint)

    def test_monitoring_cannot_own_what_it_does_not_tell(self):
        with self.assertRaisesRegex(ValidationError, "No monitoring system tells us Client"):
            self._set_owner("partner_id", "monitoring")

    def test_value_that_people_keep_by_hand_is_left_alone_and_no_conflict(self):
        self._set_owner("os_info", "manual")
        self.asset.os_info = "By hand"
        result = self.upsert(os_info="Windows 12", minute=5)
        self.assertEqual((result.unchanged, result.conflicts), (1, 0))
        self.env.invalidate_all()
        self.assertEqual(self.asset.os_info, "By hand")

    def test_scheduled_value_waits_for_the_poll(self):
        self._set_owner("os_info", "monitoring", "scheduled")
        self.upsert(os_info="Windows 12", minute=5)
        self.env.invalidate_all()
        self.assertEqual(self.asset.os_info, "Windows 11")
        self.upsert(os_info="Windows 12", minute=10, is_scheduled=True)
        self.env.invalidate_all()
        self.assertEqual(self.asset.os_info, "Windows 12")


@tagged("post_install", "-at_install")
class TestAssetOwnershipRpc(PsaHttpCase):
    def test_other_program_is_refused(self):
        identity = self.asset.identity_ids.create({"asset_id": self.asset.id, "identifier": "id-1"})
        identity.last_seen_at = "2026-07-06 09:00:00"
        with self.assertRaisesRegex(RpcError, "Hostname of HD-RECEPTION comes from Monitoring"):
            self.call_as(self.support, "psa.asset", "write", self.asset.ids, {"name": "OTHER"})
        context = {"context": {"psa_origin": "hub", "install_mode": True}}
        with self.assertRaises(RpcError):
            self.call_as(self.support, "psa.asset", "write", self.asset.ids, {"name": "OTHER"}, **context)
        self.call_as(self.support, "psa.asset", "web_save", self.asset.ids, {"name": "HD-RECEPTION"}, specification={})
