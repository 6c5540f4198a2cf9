import secrets
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...series import ALL_GROUP_USERS, GROUPS, Constraint
from ...tools.windows import open_dialog, open_list


class PsaApiKey(models.Model):
    """A client's program that may call the REST API, in the name of that client and of no other.

    Requests run as a user of the client that has the client's rights and cannot log in.
    """

    _name = "psa.api.key"
    _description = "API key"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "partner_id, name, id"

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

    usage_ids = fields.One2many("psa.api.usage", "key_id")
    last_used_at = fields.Datetime(compute="_compute_last_use", string="Last used")
    last_used_from = fields.Char(
        "Last used from", compute="_compute_last_use", help="The address that the last request came from."
    )

    _rate_positive = Constraint("check(rate_per_minute > 0)", "The rate must be above zero.")

    @api.constrains("partner_id")
    def _check_partner_is_client_company(self):
        for key in self:
            if key.partner_id != key.partner_id.commercial_partner_id:
                raise ValidationError(self.env._("A key belongs to a client company, not to a contact of one."))

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
        return result

    def action_new_key(self):
        """The first key at once; one that replaces another by the dialog that says what becomes of that."""
        self.ensure_one()
        if not self.key_prefix:
            return self._get_reveal(self._rotate_key())
        self._check_may_manage()
        rotation = self.env["psa.api.key.rotation"]
        return open_dialog(rotation, self.env._("Replace the key"), context={"default_key_id": self.id})

    def action_view_usage(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_api_usage_action", [("key_id", "=", self.id)])

    def _get_reveal(self, secret):
        return self.env["psa.secret.reveal"]._get_action(
            self.env._("New API key"),
            secret,
            self.env._("The program sends it as: Authorization: Bearer <key>."),
        )

    def _create_user(self):
        # sudo: who may make keys need not be allowed to make users. This one is a client without a password.
        users = self.env["res.users"].sudo().with_context(no_reset_password=True)
        return users.create(
            {
                "name": self.env._("API: %s", self.name),
                "login": f"api-{secrets.token_hex(8)}@{self.env.cr.dbname}",
                # a sender needs an address; mail to this one can reach nobody (RFC 2606)
                "email": "api@programs.invalid",
                "partner_id": self._create_user_partner().id,
                "company_id": self.company_id.id,
                "company_ids": [Command.set(self.company_id.ids)],
                GROUPS: [Command.set(self.env.ref("psa_base.group_client").ids)],
            }
        )

    def _create_user_partner(self):
        # sudo: as above. The contact of that user, within the client so that record rules hold.
        # Of the default type: Odoo 19 lets every portal user of the client edit addresses of the other types.
        partners = self.env["res.partner"].sudo()
        return partners.create({"name": self.env._("API: %s", self.name), "parent_id": self.partner_id.id})

    @api.autovacuum
    def _gc_previous_keys(self):
        """A key that was replaced and whose time is over needs no fingerprint."""
        self.search([("previous_key_until", "<=", fields.Datetime.now())]).write(self._prepare_no_previous())

    # --- The keys themselves: shown once and kept as a SHA-256, because they are 256 random bits. ---

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


class PsaApiKey(models.Model):
    """How a key stands, and the reminder before its time is over."""

    _inherit = "psa.api.key"

    REMINDER = timedelta(days=14)

    status = fields.Selection(
        [
            ("missing", "No key yet"),
            ("live", "Live"),
            ("expiring", "Expiring"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ],
        compute="_compute_status",
    )
    reminded_at = fields.Datetime("Reminder sent at", readonly=True, copy=False)

    @api.depends("active", "expires_at", "key_prefix")
    def _compute_status(self):
        now = fields.Datetime.now()
        for key in self:
            key.status = key._get_status(now)

    def write(self, vals):
        result = super().write(vals)
        if "expires_at" in vals or vals.get("active") is False:
            self._forget_reminder()
        return result

    def _get_status(self, now):
        if not self.active:
            return "revoked"
        if not self.key_prefix:
            return "missing"
        if not self.expires_at or self.expires_at > now + self.REMINDER:
            return "live"
        return "expiring" if self.expires_at > now else "expired"

    def _forget_reminder(self):
        """Its moment has moved, or it came to nothing."""
        # sudo: the client's own administrators may move an expiry, and know nothing of the desk's activities.
        keys = self.sudo().filtered("reminded_at")
        keys.reminded_at = False
        keys.activity_unlink(["psa_base.mail_activity_type_api_key"])

    @api.model
    def _cron_remind(self):
        """Two weeks ahead, tell who looks after the key here, and the client's own administrators."""
        now = fields.Datetime.now()
        keys = self.search(
            [
                ("key_prefix", "!=", False),
                ("expires_at", ">", now),
                ("expires_at", "<=", now + self.REMINDER),
                ("reminded_at", "=", False),
            ]
        )
        keys.reminded_at = now
        for key in keys:
            if keeper := key._get_keeper():
                key.activity_schedule(
                    "psa_base.mail_activity_type_api_key",
                    date_deadline=fields.Date.to_date(key.expires_at),
                    user_id=keeper.id,
                )
            key._tell_expiring()

    def _get_keeper(self):
        """Who made it, else an administrator who may."""
        administrators = self.env.ref("psa_base.group_admin")[ALL_GROUP_USERS].filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return (self.create_uid & administrators) or administrators.sorted("id")[:1]
