import json
import secrets
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL, ormcache
from odoo.tools.misc import hmac

from ...adapters import ADAPTERS
from ...adapters.rmm_adapter import RmmAdapter
from ...series import Constraint
from ...tools.cached import forget_cached
from ...tools.hub import masking
from ...tools.hub.headroom import Headroom
from ...tools.own_transaction import execute_apart
from ...tools.text import replace_half_characters

_headroom = Headroom()


@dataclass(frozen=True, slots=True)
class Intake:
    """What the door needs to know of a connection, as plain data: for most deliveries it asks nothing else."""

    connection_id: int
    adapter: str
    rate_per_minute: int
    tolerance_seconds: int
    sealed_secrets: tuple
    # the integration user, as whom messages are stored
    user_id: int


class PsaHubConnection(models.Model):
    """Where a system posts its messages to, and how many of them, how old, are taken."""

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
        help="A message whose time is further off than this is refused, so nobody can replay an old one.",
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
            adapter = ADAPTERS.get(connection.adapter) or RmmAdapter
            connection.tolerance_seconds = adapter.tolerance_seconds

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        forget_cached(self.env)
        return connections

    def write(self, vals):
        result = super().write(vals)
        if not self._get_intake_fields().isdisjoint(vals):
            forget_cached(self.env)
        return result

    def unlink(self):
        result = super().unlink()
        forget_cached(self.env)
        return result

    def action_new_address(self):
        for connection in self:
            connection.token = self._default_token()

    @api.model
    def _get_intake(self, token):
        """The Intake of the live connection with this address; None when there is none."""
        return self._get_intakes().get(token)

    @api.model
    @ormcache()
    def _get_intakes(self):
        """All of them at once: a guess at an address must not push anything out of the cache."""
        # sudo: senders have no user here. What they prove is checked with this.
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
        """What an Intake is made of: when one of these changes, all processes make it anew."""
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
        """0 while the rate allows another message, else how long the sender should wait.

        No counter, so nothing that concurrent deliveries would have to queue for: what came in the last
        minute is in the inbox.
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
            _headroom.note(key, intake.rate_per_minute - count - 1)
            return 0
        return max(1, seconds)

    def _count_rejection(self):
        """Count a refused message apart from the caller's transaction, which it must not slow down."""
        execute_apart(
            self.env,
            SQL("UPDATE psa_hub_connection SET rejected_count = rejected_count + 1 WHERE id = %s", self.id),
        )

    def _try_lock_lanes(self, lanes):
        """Take the messages of these lanes for this transaction; False when another one has some of them.

        Not a row lock: refused messages are counted on the row meanwhile.
        """
        [(locked,)] = self.env.execute_query(
            SQL(
                "SELECT bool_and(pg_try_advisory_xact_lock(hashtext(%s), lane)) FROM unnest(%s) AS lane",
                f"psa.hub.inbox.{self.id}",
                list(lanes),
            )
        )
        return locked

    # --- What of a connection's payloads is made unreadable before anything is stored. ---

    mask_ids = fields.One2many("psa.hub.mask", "connection_id", string="Masked fields", copy=True)

    @api.constrains("adapter")
    def _check_masks(self):
        """Another adapter needs other fields."""
        self.mask_ids._check_path()

    def _mask_raw(self, raw):
        """The payload (text) as it is to be kept."""
        rules = self._get_mask_rules()
        if not rules:
            return raw
        masked = masking.mask(json.loads(raw), rules, self._make_fingerprint)
        return replace_half_characters(json.dumps(masked, ensure_ascii=False))

    def _make_fingerprint(self, text):
        # sudo: the key lies among the system parameters, which only the system reads.
        return f"#{hmac(self.env(su=True), f'psa_hub_mask.{self.id}', text)[:16]}"

    @ormcache("self.id")
    def _get_mask_rules(self):
        # sudo: every message is masked, whoever stores it.
        return [(tuple(mask.path.split(".")), mask.how) for mask in self.sudo().mask_ids]
