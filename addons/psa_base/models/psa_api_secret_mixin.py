import secrets
from datetime import timedelta

from odoo import api, fields, models

from ..series import Constraint


class PsaApiSecretMixin(models.AbstractModel):
    """The keys themselves: shown once and kept as a SHA-256, because they are 256 random bits.

    Two are live while one replaces the other: the newest, and the one before it until its time is over.
    """

    _name = "psa.api.secret.mixin"
    _description = "Secrets of an API key"

    PREFIX = "psa_"
    SHOWN_LENGTH = 12

    key_prefix = fields.Char(string="Begins with", readonly=True, copy=False)
    key_hash = fields.Char(string="Fingerprint of the key", readonly=True, copy=False, groups=fields.NO_ACCESS)
    key_created_at = fields.Datetime(string="Made on", readonly=True, copy=False)
    previous_key_prefix = fields.Char(string="Previous begins with", readonly=True, copy=False)
    previous_key_hash = fields.Char(
        string="Fingerprint of the previous", readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    previous_key_until = fields.Datetime(string="Previous lives until", readonly=True, copy=False)

    _key_hash_uniq = Constraint("unique(key_hash)", "Two keys cannot be the same.")
    _previous_key_hash_uniq = Constraint("unique(previous_key_hash)", "Two keys cannot be the same.")
    _key_hashes_differ = Constraint("check(key_hash <> previous_key_hash)", "A key cannot replace itself.")

    def action_revoke(self):
        self.check_access("write")
        # sudo: the hashes are closed to every user; who may write the key may revoke it.
        self.sudo().write(
            {
                "key_hash": False,
                "key_prefix": False,
                "key_created_at": False,
                "active": False,
                **self._prepare_no_previous(),
            }
        )

    def action_revoke_previous_key(self):
        self.check_access("write")
        # sudo: as above.
        self.sudo().write(self._prepare_no_previous())

    def _rotate_key(self, overlap=timedelta()):
        """Make a key and return it in clear: this once, it can be read nowhere later.

        The key before it lives for another `overlap`; one that was before that is void.
        """
        self.ensure_one()
        self.check_access("write")
        key = self.PREFIX + secrets.token_urlsafe(32)
        now = fields.Datetime.now()
        # sudo: the hashes are closed to every user; who may write the key may make it anew.
        record = self.sudo()
        previous = self._prepare_no_previous()
        if record.key_hash and overlap:
            previous = {
                "previous_key_hash": record.key_hash,
                "previous_key_prefix": record.key_prefix,
                "previous_key_until": now + overlap,
            }
        record.write(
            {
                **previous,
                "key_hash": self._hash(key),
                "key_prefix": key[: self.SHOWN_LENGTH],
                "key_created_at": now,
            }
        )
        return key

    def _get_fingerprints(self):
        """(fingerprint, when its overlap ends or None) of each key that was made."""
        self.ensure_one()
        fingerprints = ((self.key_hash, None), (self.previous_key_hash, self.previous_key_until))
        return [pair for pair in fingerprints if pair[0]]

    @api.model
    def _prepare_no_previous(self):
        return {"previous_key_hash": False, "previous_key_prefix": False, "previous_key_until": False}
