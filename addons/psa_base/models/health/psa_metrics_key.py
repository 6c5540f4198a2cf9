import hashlib
import secrets

from odoo import api, fields, models

from ...series import Constraint


class PsaMetricsKey(models.Model):
    """A monitoring program that may read `/psa/metrics`, and nothing else.

    Its key is shown once and stored as a SHA-256, which is enough for 256 random bits. While a key is replaced two are
    live: the newest, and the one before it until somebody revokes that one.
    """

    _name = "psa.metrics.key"
    _description = "Metrics key"
    _order = "name, id"

    PREFIX = "psam_"
    SHOWN_LENGTH = 12

    name = fields.Char(required=True, help="Which program reads the metrics.")
    active = fields.Boolean(default=True)
    key_prefix = fields.Char(string="Begins with", readonly=True, copy=False)
    key_hash = fields.Char(string="Fingerprint", readonly=True, copy=False, groups=fields.NO_ACCESS)
    key_created_at = fields.Datetime(string="Made on", readonly=True, copy=False)
    previous_key_prefix = fields.Char(string="Previous begins with", readonly=True, copy=False)
    previous_key_hash = fields.Char(
        string="Fingerprint of the previous", readonly=True, copy=False, groups=fields.NO_ACCESS
    )

    _key_hash_uniq = Constraint("unique(key_hash)", "Two keys cannot be the same.")

    def action_new_key(self):
        self.ensure_one()
        return self.env["psa.secret.reveal"]._get_action(
            self.env._("New metrics key"),
            self._rotate_key(),
            self.env._(
                "The program sends it as: Authorization: Bearer <key>. The key before this one stays valid until "
                "you revoke it."
            ),
        )

    def action_revoke_previous_key(self):
        self.check_access("write")
        # sudo: the hashes are closed to every user; who may write the record may revoke.
        self.sudo().write({"previous_key_hash": False, "previous_key_prefix": False})

    def action_revoke(self):
        self.check_access("write")
        self.action_revoke_previous_key()
        # sudo: the hashes are closed to every user; whoever may write the record may revoke its key.
        self.sudo().write({"key_hash": False, "key_prefix": False, "key_created_at": False, "active": False})

    def _rotate_key(self):
        """Make a key and return it in clear. Nothing can read it later."""
        self.ensure_one()
        self.check_access("write")
        key = self.PREFIX + secrets.token_urlsafe(32)
        # sudo: the hashes are closed to every user; who may write the record may make a key.
        record = self.sudo()
        record.write(
            {
                "previous_key_hash": record.key_hash,
                "previous_key_prefix": record.key_prefix,
                "key_hash": self._hash(key),
                "key_prefix": key[: self.SHOWN_LENGTH],
                "key_created_at": fields.Datetime.now(),
            }
        )
        return key

    @api.model
    def _is_live(self, key):
        """Whether `key` opens the metrics."""
        fingerprint = self._hash(key)
        domain = ["|", ("key_hash", "=", fingerprint), ("previous_key_hash", "=", fingerprint)]
        # sudo: the hashes are closed to every user, and who asks has not proved to be anybody yet.
        return bool(self.sudo().search_count(domain, limit=1))

    @api.model
    def _hash(self, key):
        return hashlib.sha256(key.encode()).hexdigest()
