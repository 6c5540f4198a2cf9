import secrets

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ...series import GROUPS, Constraint
from ...tools.windows import open_list


class PsaApiKey(models.Model):
    """A client's program that may call the REST API, in the name of that client and of no other.

    Requests run as a user of the client that has the client's rights and cannot log in.
    """

    _name = "psa.api.key"
    _description = "API key"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "psa.api.access.mixin",
        "psa.api.expiry.mixin",
        "psa.api.notice.mixin",
        "psa.api.secret.mixin",
        "psa.api.self.service.mixin",
    ]
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
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replace the key"),
            "res_model": "psa.api.key.rotation",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_key_id": self.id},
        }

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
