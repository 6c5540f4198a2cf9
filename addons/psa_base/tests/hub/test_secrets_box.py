import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.tests import TransactionCase, tagged
from odoo.tools import config

from ...tools import secrets_box


@tagged("post_install", "-at_install")
class TestSecretsBox(TransactionCase):
    def setUp(self):
        super().setUp()
        secrets_box._read_key_file.cache_clear()
        self.addCleanup(secrets_box._read_key_file.cache_clear)

    def _use_key(self, key):
        return patch.dict(os.environ, {secrets_box.ENV_VARIABLE: key})

    def test_sealed_secret_opens_again_and_does_not_show(self):
        sealed = secrets_box.seal("whsec_abc")
        self.assertNotIn("abc", sealed)
        self.assertEqual(secrets_box.unseal(sealed), "whsec_abc")

    def test_key_of_the_environment_comes_first(self):
        key = Fernet.generate_key().decode()
        with self._use_key(key):
            sealed = secrets_box.seal("whsec_abc")
        self.assertEqual(Fernet(key).decrypt(sealed.encode()), b"whsec_abc")

    def test_other_key_says_what_to_do(self):
        with self._use_key(Fernet.generate_key().decode()):
            sealed = secrets_box.seal("whsec_abc")
        with (
            self._use_key(Fernet.generate_key().decode()),
            self.assertRaisesRegex(secrets_box.SecretUnreadable, "PSA_SECRET_KEY"),
        ):
            secrets_box.unseal(sealed)

    def test_key_that_is_none_says_so(self):
        with (
            self._use_key("hunter2"),
            self.assertRaisesRegex(secrets_box.SecretUnreadable, "not a Fernet key"),
        ):
            secrets_box.seal("whsec_abc")

    def test_old_key_still_opens_after_rotation(self):
        old, new = (Fernet.generate_key().decode() for _key in range(2))
        with self._use_key(old):
            sealed = secrets_box.seal("whsec_abc")
        with self._use_key(f"{new}, {old}"):
            self.assertEqual(secrets_box.unseal(sealed), "whsec_abc")

    def test_key_file_is_made_once_for_its_owner_alone(self):
        with tempfile.TemporaryDirectory() as folder, patch.dict(config.options, {"data_dir": folder}):
            sealed = secrets_box.seal("whsec_abc")
            path = Path(folder, secrets_box.KEY_FILE)
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            self.assertEqual([file.name for file in Path(folder).iterdir()], [secrets_box.KEY_FILE])
            secrets_box._make_key_file(path)  # a second worker that lost the race
            secrets_box._read_key_file.cache_clear()
            self.assertEqual(secrets_box.unseal(sealed), "whsec_abc")
