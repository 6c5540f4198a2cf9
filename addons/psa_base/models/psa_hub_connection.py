import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from ..adapters import ADAPTERS
from ..series import Constraint
from ..tools.own_transaction import execute_apart


class PsaHubConnection(models.Model):
    """A vendor's or client's system that sends us messages, and how it proves that it is the one.

    Its address holds a random token, and its messages are signed.
    """

    _name = "psa.hub.connection"
    _description = "Connection"
    _inherit = ["psa.hub.secret.mixin"]
    _check_company_auto = True
    _order = "name, id"

    def _default_token(self):
        return secrets.token_urlsafe(24)

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
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Alerts become tickets of this team.",
    )
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Looks after the messages that could not be worked.",
    )

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
    inbox_ids = fields.One2many("psa.hub.inbox", "connection_id", string="Messages")
    last_message_at = fields.Datetime(compute="_compute_message_stats", string="Last message")
    dead_count = fields.Integer(compute="_compute_message_stats", string="Dead letters")

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

    @api.depends("inbox_ids")
    def _compute_message_stats(self):
        Inbox = self.env["psa.hub.inbox"]
        last = dict(Inbox._read_group([("connection_id", "in", self.ids)], ["connection_id"], ["received_at:max"]))
        dead = dict(
            Inbox._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "dead")], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.last_message_at = last.get(connection)
            connection.dead_count = dead.get(connection, 0)

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._let_integration_user_in()
        return connections

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            self._let_integration_user_in()
        return result

    def action_new_address(self):
        for connection in self:
            connection.token = self._default_token()

    def action_view_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("psa_base.psa_hub_inbox_action")
        return {**action, "domain": [("connection_id", "=", self.id)], "context": {}}

    def action_view_dead_letters(self):
        self.ensure_one()
        return {**self.action_view_messages(), "context": {"search_default_dead": 1}}

    @api.model
    def _get_adapters(self):
        return sorted(((code, adapter.label) for code, adapter in ADAPTERS.items()), key=lambda choice: choice[1])

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

    def _try_lock(self):
        """Take the connection's messages for this transaction; False when another one has them.

        Not a row lock: refused messages are counted on the row meanwhile.
        """
        [(locked,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext('psa.hub.connection'), %s)", self.id)
        )
        return locked

    def _let_integration_user_in(self):
        """The work on the messages is done by one user, in the connection's company."""
        # sudo: who may set up connections need not be allowed to change users.
        user = self.env.ref("psa_base.user_integration").sudo()
        user.company_ids |= self.company_id
