import hashlib
import secrets

from odoo import api, fields, models

from ...series import Constraint


class PsaKeyMixin(models.AbstractModel):
    """A key that a program sends to come in. It is made here, shown once, and can be replaced without a gap.

    A key is 256 random bits, so its SHA-256 cannot be guessed, and that is all that is kept. While a new key replaces
    another, the one before it can stay live beside it.
    """

    _name = "psa.key.mixin"
    _description = "Key of a program"

    # What the keys of a model begin with: people and scanners for leaked secrets know them by it.
    PREFIX = None
    # How much of a key people see later, to tell one from another.
    SHOWN_LENGTH = 12

    key_prefix = fields.Char(string="Begins with", readonly=True, copy=False)
    key_hash = fields.Char(string="Fingerprint of the key", readonly=True, copy=False, groups=fields.NO_ACCESS)
    key_created_at = fields.Datetime(string="Key created on", readonly=True, copy=False)
    previous_key_prefix = fields.Char(string="Previous begins with", readonly=True, copy=False)
    previous_key_hash = fields.Char(
        string="Fingerprint of the previous", readonly=True, copy=False, groups=fields.NO_ACCESS
    )

    _key_hash_uniq = Constraint("unique(key_hash)", "Two keys cannot be the same.")

    def action_revoke_previous_key(self):
        self._check_may_manage()
        self._with_hashes().write(self._prepare_no_previous())

    def action_revoke(self):
        self._check_may_manage()
        self._with_hashes().write(
            {
                "key_hash": False,
                "key_prefix": False,
                "key_created_at": False,
                "active": False,
                **self._prepare_no_previous(),
            }
        )

    def _rotate_key(self, **values):
        """Make a key and return it in clear: this is the only time that it can be read.

        The key before it becomes the previous one; what was the previous one until now is void. `values` are written
        together with the new key.
        """
        self.ensure_one()
        self._check_may_manage()
        key = self.PREFIX + secrets.token_urlsafe(32)
        record = self._with_hashes()
        record.write(
            {
                "previous_key_hash": record.key_hash,
                "previous_key_prefix": record.key_prefix,
                "key_hash": self._hash_key(key),
                "key_prefix": key[: self.SHOWN_LENGTH],
                "key_created_at": fields.Datetime.now(),
                **values,
            }
        )
        return key

    def _check_may_manage(self):
        """Hook: refuse whoever may not make, replace or revoke these keys."""
        self.check_access("write")

    def _prepare_no_previous(self):
        """Hook: the values that make the previous key void."""
        return {"previous_key_hash": False, "previous_key_prefix": False}

    def _with_hashes(self):
        # sudo: the hashes are closed to every user. Callers have checked who may manage the key.
        return self.sudo()

    @api.model
    def _hash_key(self, key):
        return hashlib.sha256(key.encode()).hexdigest()
