import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from ...exceptions import CallError, ErrorClass
from ..common import SameCursorMixin, new_test_user
from ..hub.common import HubMixin
from ..vendor_simulator import VendorSimulator

SECRET = "sim-token-secret"
BASIC = f"sim-token-id:{SECRET}"


@tagged("post_install", "-at_install")
class TestHubCredential(SameCursorMixin, HubMixin, TransactionCase):
    """Credentials: a reference or sealed, two live at a time, and nowhere in clear."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")
        cls.exporter = new_test_user(cls.env, login="ex", groups="psa_base.group_admin,base.group_allow_export")
        cls.dispatcher = new_test_user(cls.env, login="dana", groups="psa_base.group_operations")
        cls.far = (
            cls.env["psa.hub.connection"]
            .with_user(cls.administrator)
            .create({"name": "Pulseway", "adapter": "pulseway", "team_id": cls.team.id, "call_interval": 0})
        )

    def enter(self, secret, identifier="sim-token-id", kind="credential"):
        action = self.far.action_enter_credential() if kind == "credential" else self.far.action_enter_signing_secret()
        dialogs = self.env["psa.hub.credential"].with_user(self.administrator).with_context(**action["context"])
        dialog = dialogs.create({"identifier": identifier, "secret": secret})
        if secret:
            self.assert_not_stored("psa_hub_credential", secret)
        dialog.action_keep()
        self.assertFalse(dialog.exists())

    def assert_not_stored(self, table, secret):
        self.env.flush_all()
        # The table's name comes from the test, not from outside.
        self.env.cr.execute(f"SELECT t::text FROM {table} AS t")  # noqa: S608
        self.assertNotIn(secret, str(self.env.cr.fetchall()))

    def assert_unusable(self, *words):
        with self.assertRaises(CallError) as caught:
            self.far._get_auths()
        self.assertEqual(caught.exception.error_class, ErrorClass.NEEDS_PERSON)
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertRegex(str(caught.exception), r"\.$")

    def test_entered_credential_is_sealed_and_used(self):
        self.enter(SECRET)
        self.assert_not_stored("psa_hub_connection", SECRET)
        self.assertEqual(self.far._get_auths(), (("sim-token-id", SECRET), None))
        self.assertTrue(self.far.credential_set_at)

    def test_previous_credential_is_tried_when_the_new_one_is_refused_until_it_is_revoked(self):
        with VendorSimulator() as simulator:
            self.far.write({"base_url": simulator.pulseway_url, "may_use_http": True})
            self.enter(SECRET)
            self.enter("not known over there yet")
            self.assertTrue(self.far.has_previous_credential)
            action = self.far.action_test_connection()
            self.assertEqual(action["params"]["type"], "success", action)
            self.far.action_revoke_previous_credential()
            action = self.far.action_test_connection()
            self.assertEqual(action["params"]["type"], "warning")
            self.assertIn("Check the credentials", action["params"]["message"])

    def test_nobody_reads_or_exports_what_is_sealed(self):
        self.enter(SECRET)
        for name in ("credential_sealed", "previous_credential_sealed", "secret_sealed"):
            with self.assertRaises(AccessError):
                self.far.read([name])
            with self.assertRaises(AccessError):
                self.far.with_user(self.exporter).export_data([name])
        self.assertFalse(self.far.copy().sudo().credential_sealed)

    def test_dispatcher_enters_nothing(self):
        far = self.far.with_user(self.dispatcher)
        for act in (far.action_enter_credential, far.action_enter_signing_secret, far.action_test_connection):
            with self.assertRaises(AccessError):
                act()

    def test_dialog_without_a_secret_says_so(self):
        with self.assertRaises(UserError):
            self.enter("")

    def test_signing_secret_of_the_vendor_becomes_the_current_one(self):
        self.enter("0123456789abcdef" * 4, kind="signing")
        self.assertEqual(self.far._get_live_secrets(), ["0123456789abcdef" * 4])
        with self.assertRaises(ValidationError):
            self.enter("whsec_not base64", kind="signing")

    def test_variable_of_the_server_is_read_at_each_call(self):
        self.far.write({"credential_source": "environment", "credential_name": "PSA_CREDENTIAL_PW"})
        self.assert_unusable("PSA_CREDENTIAL_PW", "no variable")
        with patch.dict("os.environ", {"PSA_CREDENTIAL_PW": f"{BASIC}\n"}):
            self.assertEqual(self.far._get_auths()[0], ("sim-token-id", SECRET))
        with patch.dict("os.environ", {"PSA_CREDENTIAL_PW": "only-a-secret"}):
            self.assert_unusable("ID:secret")
            with self.assertRaises(CallError) as caught:
                self.far._get_auths()
            self.assertNotIn("only-a-secret", str(caught.exception))

    def test_only_variables_for_credentials_can_be_named(self):
        for name in ("PSA_SECRET_KEY", "PGPASSWORD", "PSA_CREDENTIAL_", "psa_credential_x", "PSA_CREDENTIAL_X Y"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.far.write({"credential_source": "environment", "credential_name": name})

    def test_file_is_read_from_its_folder_only(self):
        for name in ("../etc/passwd", "/etc/passwd", "a/b", ".hidden", "a..b"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.far.write({"credential_source": "file", "credential_name": name})
        self.far.write({"credential_source": "file", "credential_name": "pulseway.txt"})
        self.assert_unusable("/run/secrets", "psa_credential_")
        with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", {"PSA_CREDENTIALS_DIR": folder}):
            self.assert_unusable("pulseway.txt", "folder of secrets")
            Path(folder, "pulseway.txt").write_text(f"{BASIC}\n")
            self.assertEqual(self.far._get_auths()[0], ("sim-token-id", SECRET))

    def test_credential_with_a_line_break_cannot_forge_headers(self):
        with patch.dict("os.environ", {"PSA_CREDENTIAL_RC": "token\r\nX-Evil: 1"}):
            self.far.write(
                {
                    "adapter": "rocketcyber",
                    "credential_source": "environment",
                    "credential_name": "PSA_CREDENTIAL_RC",
                }
            )
            self.assert_unusable("characters that no credential has")

    def test_addresses_that_may_be_called(self):
        for url in (
            "https://api.pulseway.com/v3/",
            "https://8.8.8.8:8443/api/v3",
            "https://[2606:4700::1111]/api",
        ):
            self.far.base_url = url

    def test_addresses_that_may_not_be_called_say_why(self):
        table = {
            "http://api.example.com": "https://",
            "ftp://api.example.com": "web address",
            "//api.example.com": "web address",
            "https://": "web address",
            "https://[::1": "web address",
            "https://id:secret@api.example.com": "must not hold a login",
            "https://169.254.169.254/latest": "no address",
            "http://10.0.0.4": "tick",
            "http://localhost": "tick",
            "https://10.0.0.4/api/v3": "no public address",
            "https://127.1": "no public address",
            "https://2130706433/": "no public address",
            "https://0x7f.1/": "no public address",
            "https://[::ffff:10.0.0.4]/": "no public address",
            "https://[fd00::4]/": "no public address",
            "https://localhost/": "no public address",
            "https://intranet/": "no public address",
        }
        for url, words in table.items():
            with self.assertRaises(ValidationError, msg=url) as caught, self.env.cr.savepoint():
                self.far.base_url = url
                self.far.flush_recordset()
            self.assertIn(words, str(caught.exception))

    def test_http_in_the_own_network_has_to_be_allowed(self):
        self.far.write({"may_use_http": True, "base_url": "http://10.0.0.4/api"})
        for url in ("http://pulseway.lan/api", "https://10.0.0.4/api/v3", "http://127.0.0.1:8080", "http://localhost"):
            self.far.base_url = url
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.far.base_url = "http://8.8.8.8/api"
