import json
import secrets
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL, ormcache
from odoo.tools.misc import hmac

from ...series import Constraint
from ...tools.hub import masking
from ...tools.hub.headroom import Headroom
from ...tools.own_transaction import execute_apart
from ...tools.text import replace_half_characters

_headroom = Headroom()


@dataclass(frozen=True, slots=True)
class Intake:
    """What the webhook controller needs to know of a connection, as plain data that is cached."""

    connection_id: int
    adapter: str
    rate_per_minute: int
    tolerance_seconds: int
    sealed_secrets: tuple
    # The integration user: messages are stored in its name.
    user_id: int


class PsaHubConnection(models.Model):
    """The door for messages: the address that a system posts to, and how many and how old messages it takes."""

    _inherit = "psa.hub.connection"

    def _default_token(self):
        return secrets.token_urlsafe(24)

    token = fields.Char(required=True, readonly=True, copy=False, default=lambda self: self._default_token())
    url = fields.Char(string="Address", compute="_compute_url", help="Where the system posts to.")
    rate_per_minute = fields.Integer(
        string="Messages a minute",
        required=True,
        default=600,
        help="More than this in one minute are turned away; the sender tries again later.",
    )
    tolerance_seconds = fields.Integer(
        string="Clock tolerance (seconds)",
        required=True,
        compute="_compute_tolerance_seconds",
        store=True,
        readonly=False,
        precompute=True,
        help="A message whose time is further off than this is refused, so that nobody can send an old one again.",
    )
    rejected_count = fields.Integer(
        string="Wrong signatures",
        readonly=True,
        copy=False,
        default=0,
        help="Messages refused for their signature.",
    )

    _token_uniq = Constraint("unique(token)", "Two connections cannot share an address.")
    _limits_positive = Constraint(
        "check(rate_per_minute > 0 and tolerance_seconds > 0)",
        "Rate and clock tolerance must be above zero.",
    )

    @api.depends("token")
    def _compute_url(self):
        base_url = self.browse().get_base_url()
        for connection in self:
            connection.url = f"{base_url}/psa/webhook/{connection.token}" if connection.token else False

    @api.depends("adapter")
    def _compute_tolerance_seconds(self):
        for connection in self:
            connection.tolerance_seconds = connection._get_adapter().tolerance_seconds

    def action_new_address(self):
        for connection in self:
            connection.token = self._default_token()

    @api.model
    def _get_intake(self, token):
        """The Intake of the active connection with this token; None when there is none."""
        return self._get_intakes().get(token)

    @api.model
    @ormcache()
    def _get_intakes(self):
        """{token: Intake} of all active connections.

        They are one entry of the cache: with an entry for each token, guessed tokens would push out the real ones.
        """
        # sudo: senders have no user here, and the Intake is what their signature is checked with.
        connections = self.sudo().with_context(active_test=True).search([("token", "!=", False)])
        user_id = self.env["ir.model.data"]._xmlid_to_res_id("psa_base.user_integration")
        return {connection.token: connection._prepare_intake(user_id) for connection in connections}

    def _prepare_intake(self, user_id):
        return Intake(
            connection_id=self.id,
            adapter=self.adapter,
            rate_per_minute=self.rate_per_minute,
            tolerance_seconds=self.tolerance_seconds,
            sealed_secrets=tuple(self._get_sealed_secrets()),
            user_id=user_id,
        )

    @api.model
    def _get_intake_fields(self):
        """The fields that an Intake is made of: a change to one of them makes all processes forget their Intakes."""
        return {
            "active",
            "adapter",
            "previous_secret_sealed",
            "rate_per_minute",
            "secret_sealed",
            "token",
            "tolerance_seconds",
        }

    @api.model
    def _get_seconds_to_wait(self, intake, now):
        """0 while the rate allows another message, else how many seconds the sender should wait.

        The inbox itself is counted. A counter would be one row that deliveries at the same time had to wait for.
        """
        key = (self.env.cr.dbname, intake)
        if _headroom.take(key):
            return 0
        [(count, seconds)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*), ceil(60 - extract(epoch FROM %(now)s - min(received_at)))::int
                FROM (
                    SELECT received_at FROM psa_hub_inbox
                    WHERE connection_id = %(connection_id)s AND source != 'poll'
                        AND received_at > %(now)s - interval '1 minute'
                    ORDER BY received_at DESC LIMIT %(rate)s
                ) AS latest
                """,
                now=now,
                connection_id=intake.connection_id,
                rate=intake.rate_per_minute,
            )
        )
        if count < intake.rate_per_minute:
            _headroom.remember(key, intake.rate_per_minute - count - 1)
            return 0
        return max(1, seconds)

    def _count_rejection(self):
        """Count a refused message in a transaction of its own, so that the caller's is not slowed down by a lock."""
        execute_apart(
            self.env,
            SQL("UPDATE psa_hub_connection SET rejected_count = rejected_count + 1 WHERE id = %s", self.id),
        )

    def _try_lock_lanes(self, lanes):
        """Lock these lanes of the connection for this transaction; False when another one holds one of them.

        These are advisory locks. A lock on the connection's row would keep refused messages from being counted.
        """
        [(locked,)] = self.env.execute_query(
            SQL(
                "SELECT bool_and(pg_try_advisory_xact_lock(hashtext(%s), lane)) FROM unnest(%s) AS lane",
                f"psa.hub.inbox.{self.id}",
                list(lanes),
            )
        )
        return locked

    # --- Masks: what of a payload is made unreadable before it is stored. ---

    mask_ids = fields.One2many("psa.hub.mask", "connection_id", string="Masked fields", copy=True)

    @api.constrains("adapter")
    def _check_masks(self):
        """Another adapter needs other fields, so its masks are checked again."""
        self.mask_ids._check_path()

    def _mask_raw(self, raw):
        """The payload (text) with its masks applied."""
        rules = self._get_mask_rules()
        if not rules:
            return raw
        masked = masking.mask(json.loads(raw), rules, self._make_fingerprint)
        return replace_half_characters(json.dumps(masked, ensure_ascii=False))

    def _make_fingerprint(self, text):
        # sudo: the key is a system parameter, which no role of the suite may read.
        return f"#{hmac(self.env(su=True), f'psa_hub_mask.{self.id}', text)[:16]}"

    @ormcache("self.id")
    def _get_mask_rules(self):
        # sudo: every message is masked, even if whoever stores it may not read the masks.
        return [(tuple(mask.path.split(".")), mask.how) for mask in self.sudo().mask_ids]
