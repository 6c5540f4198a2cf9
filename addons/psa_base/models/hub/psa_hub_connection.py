import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...adapters import ADAPTERS, get_adapter
from ...exceptions import CallError
from ...series import Constraint, cron_progress
from ...tools import secrets_box, standard_webhooks
from ...tools.cached import forget_cached
from ...tools.windows import open_list

_logger = logging.getLogger(__name__)


class PsaHubConnection(models.Model):
    """One vendor's or client's system that we exchange messages with.

    It posts to an address with a random token, and signs what it posts. What else it does (is called, is polled)
    the other rooms add.
    """

    _name = "psa.hub.connection"
    _description = "Connection"
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    adapter = fields.Selection(
        lambda self: self._get_adapters(),
        required=True,
        default="generic",
        help="What the system speaks: how it signs, and how its messages are to be read.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        ondelete="restrict",
        check_company=True,
        help="Alerts become tickets of this team.",
    )
    raises_alerts = fields.Boolean(string="Raises alerts", compute="_compute_abilities")
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Looks after the messages that could not be worked.",
    )

    inbox_ids = fields.One2many("psa.hub.inbox", "connection_id", string="Messages")

    @api.constrains("adapter", "team_id")
    def _check_team(self):
        for connection in self.filtered(lambda connection: connection.raises_alerts and not connection.team_id):
            raise ValidationError(
                self.env._("Choose the team of %s: the alerts that it tells of become tickets of it.", connection.name)
            )

    @api.depends("adapter")
    def _compute_abilities(self):
        """What the adapter can do. The form shows what belongs to it."""
        for connection in self:
            connection.update(self._get_abilities(connection._get_adapter()))

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._let_integration_user_in()
        forget_cached(self.env)
        return connections

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            self._let_integration_user_in()
        if not self._get_intake_fields().isdisjoint(vals):
            forget_cached(self.env)
        return result

    def unlink(self):
        result = super().unlink()
        forget_cached(self.env)
        return result

    def action_view_messages(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_hub_inbox_action", [("connection_id", "=", self.id)])

    @api.model
    def _get_adapters(self):
        """The choices of the field `adapter`."""
        return sorted(((code, adapter.label) for code, adapter in ADAPTERS.items()), key=lambda choice: choice[1])

    def _get_adapter(self):
        """The connection's adapter; `ABSENT`, which can do nothing, when it is not installed."""
        return get_adapter(self.adapter)

    @api.model
    def _get_abilities(self, adapter):
        """The fields that say what an adapter can do, with their values. Each room adds its own."""
        return {
            "raises_alerts": bool(adapter.receives or adapter.polls),
            "can_register_webhook": adapter.registers_webhooks,
        }

    def _let_integration_user_in(self):
        """Let the integration user, who works the messages, into the companies of these connections."""
        # sudo: who may set up connections need not be allowed to change users.
        user = self.env.ref("psa_base.user_integration").sudo()
        user.company_ids |= self.company_id

    # --- Signing secret: shared with the other system, kept sealed. While it is replaced, two are live. ---

    secret_sealed = fields.Char(string="Sealed secret", readonly=True, copy=False, groups=fields.NO_ACCESS)
    previous_secret_sealed = fields.Char(
        string="Sealed previous secret", readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    secret_created_at = fields.Datetime(string="Signing secret created on", readonly=True, copy=False)
    has_previous_secret = fields.Boolean(
        string="Previous secret still live", compute="_compute_has_previous_secret", compute_sudo=True
    )

    @api.depends("previous_secret_sealed")
    def _compute_has_previous_secret(self):
        for connection in self:
            connection.has_previous_secret = bool(connection.previous_secret_sealed)

    def action_new_signing_secret(self):
        self.ensure_one()
        return self.env["psa.secret.reveal"]._get_action(
            self.env._("New signing secret"),
            self._rotate_secret(),
            self.env._("Give it to the other system. The secret before this one stays valid until you revoke it."),
        )

    def action_revoke_previous_secret(self):
        self.check_access("write")
        self._with_sealed_fields().previous_secret_sealed = False

    def _rotate_secret(self):
        """Make a signing secret and return it in clear. Nothing can read it later."""
        secret = standard_webhooks.generate_secret()
        self._set_signing_secret(secrets_box.seal(secret))
        return secret

    def _set_signing_secret(self, sealed):
        """Make a sealed secret the current one. The one before stays live."""
        self.ensure_one()
        self.check_access("write")
        connection = self._with_sealed_fields()
        connection.write(
            {
                "previous_secret_sealed": connection.secret_sealed,
                "secret_sealed": sealed,
                "secret_created_at": fields.Datetime.now(),
            }
        )

    def _with_sealed_fields(self):
        """The connection with access to its sealed secrets. Whoever changes one checks first that the user may."""
        # sudo: no group may read or write the sealed fields; the code uses them for signatures and calls alone.
        return self.sudo()

    def _get_live_secrets(self):
        return [secrets_box.unseal(secret) for secret in self._get_sealed_secrets()]

    def _get_sealed_secrets(self):
        connection = self._with_sealed_fields()
        return [secret for secret in (connection.secret_sealed, connection.previous_secret_sealed) if secret]

    # --- Registration: some vendors are told by their API where to post, and make the signing secret. ---

    can_register_webhook = fields.Boolean(string="Vendor registers webhooks", compute="_compute_abilities")
    webhook_registered_at = fields.Datetime(string="Registered at the vendor", readonly=True, copy=False)

    def action_register_webhook(self):
        """Have the vendor post to our address, and keep the secret that it signs with.

        Doing this twice is safe: the vendor has one webhook for an address.
        """
        self.ensure_one()
        self.check_access("write")
        if not self.can_register_webhook:
            raise UserError(self.env._("%s has to be told by hand: enter the address there.", self.name))
        try:
            with self._calling() as client:
                secret = self._get_adapter().register_webhook(client, f"Stratum PSA: {self.name}", self.url)
        except CallError as error:
            raise UserError(str(error)) from None
        self._set_signing_secret(secrets_box.seal(secret))
        self.webhook_registered_at = fields.Datetime.now()

    # --- Retention: how long messages and payloads are kept. Dead letters stay until a person settles them. ---

    # Senders repeat a message for days under the same ID: the ID has to be known for as long.
    MIN_MESSAGE_DAYS = 7

    payload_days = fields.Integer(
        string="Keep payloads for (days)",
        required=True,
        default=30,
        help="Payload and headers of messages that are done or set aside are emptied after so many days. Their IDs, "
        "states and attempts stay.",
    )
    message_days = fields.Integer(
        string="Keep messages for (days)",
        required=True,
        default=90,
        help="Messages that are done or set aside are removed after so many days, at least 7: a sender may repeat one "
        "until then. Dead letters stay.",
    )

    _retention_sane = Constraint(
        f"check(payload_days >= 1 and message_days >= {MIN_MESSAGE_DAYS})",
        "Payloads are kept for a day at least and messages for 7 days: senders repeat them for so long.",
    )

    @api.model
    def _cron_retain(self):
        """Empty the payloads and remove the messages that have been kept for long enough, in small steps."""
        now = fields.Datetime.now()
        for model in ("psa.hub.inbox", "psa.hub.outbox"):
            messages = self.env[model]
            emptied = self._repeat_step(lambda messages=messages: messages._empty_payloads(now))
            removed = self._repeat_step(lambda messages=messages: messages._remove_old(now))
            counts = sum(emptied.values()), sum(removed.values())
            _logger.info("%s: %s payloads emptied, %s messages removed", model, *counts)
            for connection_id, count in removed.items():
                self.env["psa.audit.entry"]._log(
                    self.browse(connection_id),
                    "deletion",
                    self.env._("Messages were removed that had been kept for long enough: %s.", count),
                )

    def _repeat_step(self, step):
        """Call `step` until it finds nothing more, with a commit after each call; returns the sum of what it returns.

        Both are {connection id: how many messages}.
        """
        counts = {}
        while done := step():
            for connection_id, count in done.items():
                counts[connection_id] = counts.get(connection_id, 0) + count
            cron_progress(self.env, sum(done.values()), 1)
        return counts
