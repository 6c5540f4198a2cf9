"""Encryption of secrets that the server has to read again, so that they are not in clear in the database.

A signing secret cannot be hashed, because checking a signature needs the secret itself. So it is sealed (encrypted)
with a key that is not in the database, and a dump alone opens nothing. The key comes from the environment variable
`PSA_SECRET_KEY`, else from the option `psa_secret_key` of odoo.conf, else from a file in the data folder that is made
on first use. Several machines must have the same key.

The key is a Fernet key. It is replaced by giving several, separated by commas: the first one seals, all of them open.
"""

import os
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import config

ENV_VARIABLE = "PSA_SECRET_KEY"
OPTION = "psa_secret_key"
KEY_FILE = "psa_secret.key"


class SecretUnreadable(Exception):
    """A secret was sealed with a key that this server does not have, or this server's key is not a Fernet key."""


def seal(secret):
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed):
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable(
            "A stored secret was sealed with another key. Give this server the key that sealed it "
            f"({ENV_VARIABLE}), or make a new secret."
        ) from None


def _box():
    return _make_box(os.environ.get(ENV_VARIABLE) or config.get(OPTION) or _read_key_file())


@lru_cache(maxsize=4)
def _make_box(keys):
    try:
        return MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
    except ValueError:
        raise SecretUnreadable(
            f"{ENV_VARIABLE} is not a Fernet key: it must be 32 random bytes in URL-safe base64."
        ) from None


@lru_cache(maxsize=1)
def _read_key_file():
    path = Path(config["data_dir"], KEY_FILE)
    if not path.exists():
        _make_key_file(path)
    return path.read_text().strip()


def _make_key_file(path):
    """Make the file at once with its content, and only one: all workers of a machine may come here together."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # `mkstemp` makes files that only their owner may read.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{KEY_FILE}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        # Another worker may have been first. Then its key counts.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
