import hashlib
from dataclasses import dataclass
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...tools.cached import forget_cached
from ...tools.networks import BadNetwork, contains, parse_networks


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """What the door of the API needs to know of a key, as plain data: most requests ask nothing else about it."""

    key_id: int
    user_id: int
    partner_id: int
    company_id: int
    # country code of the company: where phone numbers without a country are from
    region: str | None
    scopes: frozenset
    rate_per_minute: int
    # of ipaddress.ip_network; empty: from anywhere
    networks: tuple
    # naive UTC: from then on it opens nothing
    ends_at: datetime | None

    def is_live_at(self, moment):
        return self.ends_at is None or moment < self.ends_at

    def admits(self, address):
        """Whether a request may come from this address (text), as Odoo's proxy mode tells it."""
        return not self.networks or contains(self.networks, address)


class PsaApiKey(models.Model):
    """Whom a key lets in: as long as it, its user, its client and its company are there, and from where.

    All live keys are in the cache as one dictionary. What ends one clears that on every worker and node.
    """

    _inherit = "psa.api.key"

    expires_at = fields.Datetime(string="Expires on", tracking=True, help="Leave it empty if the key never expires.")
    allowed_networks = fields.Text(
        string="Allowed networks",
        tracking=True,
        help="Where the program may call from: addresses or networks such as 203.0.113.0/24 or 2001:db8::/32, one per "
        "line. Leave it empty to allow any address.",
    )

    @api.constrains("allowed_networks")
    def _check_allowed_networks(self):
        for key in self:
            try:
                parse_networks(key.allowed_networks)
            except BadNetwork as error:
                raise ValidationError(key._explain_bad_network(error)) from None

    @api.model_create_multi
    def create(self, vals_list):
        keys = super().create(vals_list)
        keys._forget_accesses()
        return keys

    def write(self, vals):
        result = super().write(vals)
        if not self._get_access_fields().isdisjoint(vals):
            self._forget_accesses()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_accesses()
        return result

    @api.model
    def _get_access(self, key):
        """The ApiAccess of a key that is live now; None when it opens nothing."""
        access = self._get_accesses().get(self._hash(key))
        return access if access and access.is_live_at(fields.Datetime.now()) else None

    @api.model
    @ormcache()
    def _get_accesses(self):
        """Fingerprint → ApiAccess, all at once: a wrong key must not push anything out of the cache."""
        # sudo: the hashes are closed to every user, and who asks has not proved to be anybody yet.
        keys = self.sudo().with_context(active_test=True).search([("key_hash", "!=", False)])
        accesses = {}
        for key in keys.filtered(lambda key: key._is_acting()):
            for fingerprint, ends_at in key._get_fingerprints():
                accesses[fingerprint] = key._prepare_access(ends_at)
        return accesses

    def _is_acting(self):
        """Tell whether all are there that the key stands for."""
        client = self.partner_id
        # a client that became part of another one has no programs of its own any more
        is_client = client.active and client == client.commercial_partner_id
        return is_client and self.user_id.active and self.company_id.active

    def _prepare_access(self, ends_at):
        return ApiAccess(
            key_id=self.id,
            user_id=self.user_id.id,
            partner_id=self.partner_id.id,
            company_id=self.company_id.id,
            region=self.company_id.country_id.code or None,
            scopes=frozenset(self.scope_ids.mapped("code")),
            rate_per_minute=self.rate_per_minute,
            networks=parse_networks(self.allowed_networks),
            ends_at=min(filter(None, (self.expires_at, ends_at)), default=None),
        )

    @api.model
    def _get_access_fields(self):
        """What an ApiAccess is made of: when one of these changes, all processes make it anew."""
        return {
            "active",
            "allowed_networks",
            "company_id",
            "expires_at",
            "key_hash",
            "partner_id",
            "previous_key_hash",
            "previous_key_until",
            "rate_per_minute",
            "scope_ids",
            "user_id",
        }

    @api.model
    def _forget_accesses(self):
        forget_cached(self.env)

    @api.model
    def _forget_accesses_of(self, partners):
        """Partners have changed: clients with keys, or companies of this desk."""
        # sudo: whoever changes a partner need not be allowed to see keys.
        keys = self.sudo().with_context(active_test=False)
        if keys.search_count(
            ["|", ("partner_id", "in", partners.ids), ("company_id.partner_id", "in", partners.ids)], limit=1
        ):
            self._forget_accesses()

    @api.model
    def _hash(self, key):
        return hashlib.sha256(key.encode()).hexdigest()

    def _explain_bad_network(self, error):
        if error.meant:
            return self.env._(
                "%(text)s is an address with a mask, not a network. Did you mean %(meant)s?",
                text=error.text,
                meant=error.meant,
            )
        return self.env._(
            "%s is not a network. Write an address such as 203.0.113.7, or a network such as 203.0.113.0/24 or "
            "2001:db8::/32.",
            error.text,
        )
