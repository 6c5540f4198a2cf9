import secrets
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ...series import GROUPS, Constraint
from ...tools.api.access import ApiAccess
from ...tools.cached import forget_cached
from ...tools.networks import BadNetwork, parse_networks
from ...tools.windows import open_dialog, open_list


class PsaApiKey(models.Model):
    """A client's program that may call the REST API, in the name of that client and of no other.

    Requests run as a user that is made with the key: it has the rights of the client's portal users and cannot log in.
    """

    _name = "psa.api.key"
    _description = "API key"
    _inherit = ["psa.key.mixin", "mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "partner_id, name, id"

    PREFIX = "psa_"
    # How long the previous key may stay live beside the one that replaces it.
    OVERLAPS = {
        "none": timedelta(),
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
    }

    name = fields.Char(required=True, tracking=True, help="The program that uses the key.")
    active = fields.Boolean(default=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_company', '=', True), ('parent_id', '=', False)]",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Acts as",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="A user of the client without a password, made together with the key.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        required=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        default=lambda self: self.env.company._get_api_team(),
        help="Tickets that come in by this key go to this team.",
    )

    scope_ids = fields.Many2many("psa.api.scope", string="Permissions", required=True, tracking=True)
    rate_per_minute = fields.Integer(string="Requests per minute", required=True, default=120, tracking=True)
    expires_at = fields.Datetime(string="Expires on", tracking=True, help="Leave it empty if the key never expires.")
    allowed_networks = fields.Text(
        string="Allowed networks",
        tracking=True,
        help="Where the program may call from: addresses or networks such as 203.0.113.0/24 or 2001:db8::/32, one per "
        "line. Leave it empty to allow any address.",
    )

    previous_key_until = fields.Datetime(string="Previous works until", readonly=True, copy=False)
    has_previous_key = fields.Boolean(string="Previous still works", compute="_compute_has_previous_key")

    usage_ids = fields.One2many("psa.api.usage", "key_id")
    last_used_at = fields.Datetime(compute="_compute_last_use", string="Last used")
    last_used_from = fields.Char(
        "Last used from", compute="_compute_last_use", help="The address that the last request came from."
    )

    _rate_positive = Constraint("check(rate_per_minute > 0)", "The rate must be above zero.")
    _previous_key_hash_uniq = Constraint("unique(previous_key_hash)", "Two keys cannot be the same.")

    @api.constrains("partner_id")
    def _check_partner_is_client_company(self):
        for key in self:
            if key.partner_id != key.partner_id.commercial_partner_id:
                raise ValidationError(self.env._("A key belongs to a client company, not to a contact of one."))

    @api.constrains("allowed_networks")
    def _check_allowed_networks(self):
        for key in self:
            try:
                parse_networks(key.allowed_networks)
            except BadNetwork as error:
                raise ValidationError(key._explain_bad_network(error)) from None

    @api.constrains("key_hash", "previous_key_hash")
    def _check_hashes_differ(self):
        """No current key is the previous key of another record. The database sees to each of the two columns alone."""
        keys = self._with_hashes()
        current = set(keys.filtered("key_hash").mapped("key_hash"))
        previous = set(keys.filtered("previous_key_hash").mapped("previous_key_hash"))
        both = ["|", ("key_hash", "in", list(previous)), ("previous_key_hash", "in", list(current))]
        if keys.with_context(active_test=False).search_count(both, limit=1):
            raise ValidationError(self.env._("Two keys cannot be the same."))

    @api.depends("active", "expires_at", "previous_key_until")
    def _compute_has_previous_key(self):
        """Whether the previous key opens anything. Its fingerprint stays for up to a day after it has ended."""
        now = fields.Datetime.now()
        for key in self:
            is_live = key.active and (not key.expires_at or key.expires_at > now)
            key.has_previous_key = bool(is_live and key.previous_key_until and key.previous_key_until > now)

    @api.depends("usage_ids")
    def _compute_last_use(self):
        last = self.env["psa.api.usage"]._get_last_uses(self)
        for key in self:
            key.last_used_at, key.last_used_from = last.get(key.id, (False, False))

    @api.model_create_multi
    def create(self, vals_list):
        keys = super().create(vals_list)
        for key in keys:
            key.user_id = key._create_user()
        self._forget_accesses()
        return keys

    def write(self, vals):
        if "partner_id" in vals and any(key.partner_id.id != vals["partner_id"] for key in self):
            raise ValidationError(self.env._("A key stays with its client. Make a new key for the other client."))
        if "user_id" in vals and self.user_id:
            raise ValidationError(self.env._("A key acts as the user that was made with it, and as no other."))
        result = super().write(vals)
        if "active" in vals:
            # sudo: who may revoke keys need not be allowed to archive users; this one is nobody but the key's.
            self.sudo().with_context(active_test=False).user_id.active = vals["active"]
        if "expires_at" in vals or vals.get("active") is False:
            self._forget_reminder()
        if not self._get_access_fields().isdisjoint(vals):
            self._forget_accesses()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_accesses()
        return result

    def action_new_key(self):
        """Make the first key at once. To replace a key, open the dialog that asks how long the old one stays live."""
        self.ensure_one()
        if not self.key_prefix:
            return self._get_reveal(self._rotate_key())
        self._check_may_manage()
        rotation = self.env["psa.api.key.rotation"]
        return open_dialog(rotation, self.env._("Replace the key"), context={"default_key_id": self.id})

    def action_revoke(self):
        self._check_may_manage()
        self.filtered("key_prefix")._tell_revoked()
        return super().action_revoke()

    def action_view_usage(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_api_usage_action", [("key_id", "=", self.id)])

    def _rotate_key(self, overlap=timedelta(), **values):
        """Make a key and return it in clear: this is the only time that it can be read.

        The key before it stays live for another `overlap`, but no longer than it would have without being replaced.
        `values` are written together with the new key: an `expires_at` among them is that of the new key.
        """
        self.ensure_one()
        self._check_may_manage()
        if not self.active:
            raise UserError(self.env._("This key was revoked. Make another one for the program."))
        key = self._with_hashes()
        is_first = not key.key_hash
        secret = super()._rotate_key(**key._prepare_overlap(overlap), **values)
        if key.status == "expired":
            raise UserError(self.env._("The new key would have expired already. Choose a later time for it."))
        self._tell_made(is_first)
        return secret

    def _prepare_overlap(self, overlap):
        """What is written of the key that is being replaced: when it ends, or that it ends now."""
        now = fields.Datetime.now()
        until = min(filter(None, (now + overlap, self.expires_at)))
        if not self.key_hash or until <= now:
            return self._prepare_no_previous()
        return {"previous_key_until": until}

    def _prepare_no_previous(self):
        return {**super()._prepare_no_previous(), "previous_key_until": False}

    @api.model
    def _get_overlaps(self):
        return [
            ("none", self.env._("No time: it stops at once")),
            ("hour", self.env._("One hour")),
            ("day", self.env._("One day")),
            ("week", self.env._("Seven days")),
        ]

    def _get_reveal(self, secret):
        return self.env["psa.secret.reveal"]._get_action(
            self.env._("New API key"),
            secret,
            self.env._("The program sends it as: Authorization: Bearer <key>."),
        )

    def _check_may_manage(self):
        """Let administrators manage every key, and a client's own administrators the keys of their client."""
        self.check_access("read")
        user = self.env.user
        is_own = all(key.partner_id == user.commercial_partner_id for key in self)
        if is_own and user.has_group("psa_base.group_client_admin"):
            return None
        return super()._check_may_manage()

    def _create_user(self):
        # sudo: who may make keys need not be allowed to make users. This one is a client without a password.
        users = self.env["res.users"].sudo().with_context(no_reset_password=True)
        return users.create(
            {
                "name": self.env._("API: %s", self.name),
                "login": f"api-{secrets.token_hex(8)}@{self.env.cr.dbname}",
                # A sender of messages needs an address. Mail to this one can reach nobody (RFC 2606).
                "email": "api@programs.invalid",
                "partner_id": self._create_user_partner().id,
                "company_id": self.company_id.id,
                "company_ids": [Command.set(self.company_id.ids)],
                GROUPS: [Command.set(self.env.ref("psa_base.group_client").ids)],
            }
        )

    def _create_user_partner(self):
        """The contact of the key's user. It is a contact of the client, so that record rules hold for the program.

        It has the default type: Odoo 19 lets every portal user of the client edit addresses of the other types.
        """
        # sudo: who may make keys need not be allowed to make contacts.
        partners = self.env["res.partner"].sudo()
        return partners.create({"name": self.env._("API: %s", self.name), "parent_id": self.partner_id.id})

    @api.autovacuum
    def _gc_previous_keys(self):
        """Forget the fingerprints of previous keys that have ended."""
        self.search([("previous_key_until", "<=", fields.Datetime.now())]).write(self._prepare_no_previous())

    # --- What the door of the API knows: all live keys, as one dictionary in the cache of every process. ---

    @api.model
    def _get_access(self, key):
        """The ApiAccess of a key that is live now; None when it opens nothing."""
        access = self._get_accesses().get(self._hash_key(key))
        return access if access and access.is_live_at(fields.Datetime.now()) else None

    @api.model
    @ormcache()
    def _get_accesses(self):
        """Fingerprint → ApiAccess of all keys in one entry, so that wrong keys push nothing out of the cache."""
        # sudo: the hashes are closed to every user, and who asks has not proved to be anybody yet.
        keys = self.sudo().with_context(active_test=True).search([("key_hash", "!=", False)])
        accesses = {}
        for key in keys.filtered(lambda key: key._is_backed()):
            for fingerprint, ends_at in key._get_fingerprints():
                accesses[fingerprint] = key._prepare_access(ends_at)
        return accesses

    def _is_backed(self):
        """Whether the client, the user and the company that the key stands for are all active."""
        client = self.partner_id
        # A client that became part of another one has no programs of its own any more.
        is_client = client.active and client == client.commercial_partner_id
        return is_client and self.user_id.active and self.company_id.active

    def _get_fingerprints(self):
        """(fingerprint, when its overlap ends or None) of the current and of the previous key, if there are any."""
        self.ensure_one()
        fingerprints = ((self.key_hash, None), (self.previous_key_hash, self.previous_key_until))
        return [pair for pair in fingerprints if pair[0]]

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
        """The fields that an ApiAccess is made of: a change of one of them clears the cache."""
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
        """Forget what is cached if one of these partners is a client with keys, or a company of the service desk."""
        # sudo: whoever changes a partner need not be allowed to see keys.
        keys = self.sudo().with_context(active_test=False)
        if keys.search_count(
            ["|", ("partner_id", "in", partners.ids), ("company_id.partner_id", "in", partners.ids)], limit=1
        ):
            self._forget_accesses()

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
