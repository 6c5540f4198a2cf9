from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...adapters import ADAPTERS
from ...tools.windows import open_list


class PsaHubConnection(models.Model):
    """A vendor's or client's system that sends us messages, and how it proves that it is the one.

    Its address holds a random token, and its messages are signed.
    """

    _name = "psa.hub.connection"
    _description = "Connection"
    _inherit = [
        "psa.hub.credential.mixin",
        "psa.hub.call.mixin",
        "psa.hub.health.mixin",
        "psa.hub.intake.mixin",
        "psa.hub.mask.mixin",
        "psa.hub.organization.mixin",
        "psa.hub.place.mixin",
        "psa.hub.poll.mixin",
        "psa.hub.registration.mixin",
        "psa.hub.retention.mixin",
        "psa.hub.secret.mixin",
    ]
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
    raises_alerts = fields.Boolean(string="Tells of alerts", compute="_compute_raises_alerts")
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
    def _compute_raises_alerts(self):
        for connection in self:
            adapter = ADAPTERS.get(connection.adapter)
            connection.raises_alerts = bool(adapter and (adapter.receives or adapter.polls))

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

    def action_view_messages(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_hub_inbox_action", [("connection_id", "=", self.id)])

    @api.model
    def _get_adapters(self):
        return sorted(((code, adapter.label) for code, adapter in ADAPTERS.items()), key=lambda choice: choice[1])

    def _let_integration_user_in(self):
        """The work on the messages is done by one user, in the connection's company."""
        # sudo: who may set up connections need not be allowed to change users.
        user = self.env.ref("psa_base.user_integration").sudo()
        user.company_ids |= self.company_id
