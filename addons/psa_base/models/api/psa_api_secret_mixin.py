import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...series import Constraint


class PsaApiSecretMixin(models.AbstractModel):
    """The keys themselves: shown once and kept as a SHA-256, because they are 256 random bits.

    Two are live while one replaces the other: the newest, and the one before it until its time is over.
    """

    _name = "psa.api.secret.mixin"
    _description = "Secrets of an API key"

    PREFIX = "psa_"
    SHOWN_LENGTH = 12
    # how long a key may live on beside the one that replaces it
    OVERLAPS = {
        "none": timedelta(),
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
    }

    key_prefix = fields.Char(string="Begins with", readonly=True, copy=False)
    key_hash = fields.Char(string="Fingerprint of the key", readonly=True, copy=False, groups=fields.NO_ACCESS)
    key_created_at = fields.Datetime(string="Key created on", readonly=True, copy=False)
    previous_key_prefix = fields.Char(string="Previous begins with", readonly=True, copy=False)
    previous_key_hash = fields.Char(
        string="Fingerprint of the previous", readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    previous_key_until = fields.Datetime(string="Previous works until", readonly=True, copy=False)
    has_previous_key = fields.Boolean(string="Previous still works", compute="_compute_has_previous_key")

    _key_hash_uniq = Constraint("unique(key_hash)", "Two keys cannot be the same.")
    _previous_key_hash_uniq = Constraint("unique(previous_key_hash)", "Two keys cannot be the same.")

    @api.depends("active", "expires_at", "previous_key_until")
    def _compute_has_previous_key(self):
        """The one before stays written down for up to a day after its time is over: that is no reason to show it."""
        now = fields.Datetime.now()
        for key in self:
            is_live = key.active and (not key.expires_at or key.expires_at > now)
            key.has_previous_key = bool(is_live and key.previous_key_until and key.previous_key_until > now)

    @api.constrains("key_hash", "previous_key_hash")
    def _check_hashes_differ(self):
        """Across both columns, which the database holds for each."""
        # sudo: the hashes are closed to every user.
        keys = self.sudo()
        current = set(keys.filtered("key_hash").mapped("key_hash"))
        previous = set(keys.filtered("previous_key_hash").mapped("previous_key_hash"))
        both = ["|", ("key_hash", "in", list(previous)), ("previous_key_hash", "in", list(current))]
        if keys.with_context(active_test=False).search_count(both, limit=1):
            raise ValidationError(self.env._("Two keys cannot be the same."))

    def action_revoke(self):
        self._check_may_manage()
        had_key = self.filtered("key_prefix")
        had_key._tell_revoked()
        # sudo: the hashes are closed to every user; who manages the key may revoke it.
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
        self._check_may_manage()
        # sudo: as above.
        self.sudo().write(self._prepare_no_previous())

    def _rotate_key(self, overlap=timedelta(), **values):
        """Make a key and return it in clear: this once, it can be read nowhere later.

        The key before it lives for another `overlap`, never longer than it would have; one that was before that is
        void. `values` are written in the same breath: a new expiry is that of the new key.
        """
        self.ensure_one()
        self._check_may_manage()
        if not self.active:
            raise UserError(self.env._("This key was revoked. Make another one for the program."))
        key = self.PREFIX + secrets.token_urlsafe(32)
        # sudo: the hashes are closed to every user; who manages the key may make it anew.
        record = self.sudo()
        is_first = not record.key_hash
        record.write(
            {
                **record._prepare_previous(overlap),
                "key_hash": self._hash(key),
                "key_prefix": key[: self.SHOWN_LENGTH],
                "key_created_at": fields.Datetime.now(),
                **values,
            }
        )
        if record.status == "expired":
            raise UserError(self.env._("The new key would have expired already. Choose a later time for it."))
        self._tell_made(is_first)
        return key

    def _check_may_manage(self):
        """Administrators may, and a client's own administrators: the keys of their client."""
        self.check_access("read")
        user = self.env.user
        is_own = all(key.partner_id == user.commercial_partner_id for key in self)
        if not (is_own and user.has_group("psa_base.group_client_admin")):
            self.check_access("write")

    def _get_fingerprints(self):
        """(fingerprint, when its overlap ends or None) of each key that was made."""
        self.ensure_one()
        fingerprints = ((self.key_hash, None), (self.previous_key_hash, self.previous_key_until))
        return [pair for pair in fingerprints if pair[0]]

    def _prepare_previous(self, overlap):
        """The current key as the previous one, for as long as it would have lived at most."""
        now = fields.Datetime.now()
        until = min(filter(None, (now + overlap, self.expires_at)))
        if not self.key_hash or until <= now:
            return self._prepare_no_previous()
        return {
            "previous_key_hash": self.key_hash,
            "previous_key_prefix": self.key_prefix,
            "previous_key_until": until,
        }

    @api.model
    def _prepare_no_previous(self):
        return {"previous_key_hash": False, "previous_key_prefix": False, "previous_key_until": False}

    @api.model
    def _get_overlaps(self):
        return [
            ("none", self.env._("No time: it stops at once")),
            ("hour", self.env._("One hour")),
            ("day", self.env._("One day")),
            ("week", self.env._("Seven days")),
        ]
