import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from ..series import Constraint
from ..tools.own_transaction import execute_apart


class PsaHubIntakeMixin(models.AbstractModel):
    """Where a system posts its messages to, and how many of them, how old, are taken."""

    _name = "psa.hub.intake.mixin"
    _description = "Intake of messages"

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
        default=300,
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
        base_url = self.get_base_url()
        for connection in self:
            connection.url = f"{base_url}/psa/webhook/{connection.token}" if connection.token else False

    def action_new_address(self):
        for connection in self:
            connection.token = self._default_token()

    def _get_seconds_to_wait(self, now):
        """0 while the rate allows another message, else how long the sender should wait.

        Looks at one row: the message that came `rate_per_minute` messages ago. No counter, so
        nothing that concurrent deliveries would have to queue for.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT received_at FROM psa_hub_inbox WHERE connection_id = %s
                ORDER BY received_at DESC OFFSET %s LIMIT 1
                """,
                self.id,
                self.rate_per_minute - 1,
            )
        )
        if not rows:
            return 0
        return max(0, 60 - int((now - rows[0][0]).total_seconds()))

    def _count_rejection(self):
        """Count a refused message apart from the caller's transaction, which it must not slow down."""
        execute_apart(
            self.env,
            SQL("UPDATE psa_hub_connection SET rejected_count = rejected_count + 1 WHERE id = %s", self.id),
        )
