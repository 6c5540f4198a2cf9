import hashlib
import secrets

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ..series import GROUPS, Constraint


class PsaApiKey(models.Model):
    """A client's program that may call the REST API, in the name of that client and of no other.

    The key itself is shown once and kept as a SHA-256: it is 256 random bits, so there is nothing
    that a slow hash would have to protect. Requests run as a user of the client that has the
    client's rights and cannot log in.
    """

    _name = "psa.api.key"
    _description = "API key"
    _check_company_auto = True
    _order = "partner_id, name, id"

    PREFIX = "psa_"
    SHOWN_LENGTH = 12

    name = fields.Char(required=True, help="Which program uses the key.")
    active = fields.Boolean(default=True)
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
        help="Tickets that come in by this key go to this team.",
    )
    scope_ids = fields.Many2many("psa.api.scope", string="May", required=True)
    expires_at = fields.Datetime(string="Expires on", help="Empty: it does not expire.")
    rate_per_minute = fields.Integer(string="Requests a minute", required=True, default=120)

    key_prefix = fields.Char(string="Begins with", readonly=True, copy=False)
    key_hash = fields.Char(string="Fingerprint of the key", readonly=True, copy=False, groups=fields.NO_ACCESS)
    key_created_at = fields.Datetime(string="Made on", readonly=True, copy=False)
    usage_ids = fields.One2many("psa.api.usage", "key_id")
    last_used_at = fields.Datetime(compute="_compute_last_used_at", string="Last used")

    _key_hash_uniq = Constraint("unique(key_hash)", "Two keys cannot be the same.")
    _rate_positive = Constraint("check(rate_per_minute > 0)", "The rate must be above zero.")

    @api.constrains("partner_id")
    def _check_partner_is_client_company(self):
        for key in self:
            if key.partner_id != key.partner_id.commercial_partner_id:
                raise ValidationError(self.env._("A key belongs to a client company, not to a contact of one."))

    @api.depends("usage_ids")
    def _compute_last_used_at(self):
        last = dict(self.env["psa.api.usage"]._read_group([("key_id", "in", self.ids)], ["key_id"], ["minute:max"]))
        for key in self:
            key.last_used_at = last.get(key)

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
        return super().write(vals)

    def action_new_key(self):
        self.ensure_one()
        return self.env["psa.secret.reveal"]._get_action(
            self.env._("New API key"),
            self._rotate_key(),
            self.env._("The program sends it as: Authorization: Bearer <key>. A key before this one is void."),
        )

    def action_revoke(self):
        self.check_access("write")
        # sudo: the hash is closed to every user; who may write the key may revoke it.
        self.sudo().write({"key_hash": False, "key_prefix": False, "key_created_at": False, "active": False})

    def _rotate_key(self):
        """Make a key and return it in clear: this once, it can be read nowhere later."""
        self.ensure_one()
        self.check_access("write")
        key = self.PREFIX + secrets.token_urlsafe(32)
        # sudo: the hash is closed to every user; who may write the key may make it anew.
        self.sudo().write(
            {
                "key_hash": self._hash(key),
                "key_prefix": key[: self.SHOWN_LENGTH],
                "key_created_at": fields.Datetime.now(),
            }
        )
        return key

    @api.model
    def _find_by_key(self, key):
        """The valid key record, or none."""
        # sudo: the hash is closed to every user, and who asks has not proved to be anybody yet.
        found = self.sudo().search([("key_hash", "=", self._hash(key))])
        if found.expires_at and found.expires_at <= fields.Datetime.now():
            return self.browse()
        return found if found.user_id.active and found.partner_id.active else self.browse()

    def _has_scope(self, code):
        return code in self.scope_ids.mapped("code")

    @api.model
    def _hash(self, key):
        return hashlib.sha256(key.encode()).hexdigest()

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
        partners = self.env["res.partner"].sudo()
        return partners.create(
            {"name": self.env._("API: %s", self.name), "parent_id": self.partner_id.id, "type": "other"}
        )
