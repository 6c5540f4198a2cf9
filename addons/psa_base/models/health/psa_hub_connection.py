from odoo import api, fields, models
from odoo.tools import SQL

from ...series import Constraint
from ...tools.windows import open_list


class PsaHubConnection(models.Model):
    """How a connection is doing, and the limits from which on its owner is told. A limit of 0 is none."""

    _inherit = "psa.hub.connection"

    last_message_at = fields.Datetime(compute="_compute_last_message_at", string="Last message")
    dead_count = fields.Integer(compute="_compute_dead_count", string="Dead letters")

    silent_minutes = fields.Integer(
        string="Silent for (minutes)",
        required=True,
        default=0,
        help="Tell the owner when nothing has come for so many minutes. 0: never.",
    )
    backlog_limit = fields.Integer(
        string="Messages waiting", required=True, default=500, help="Tell the owner when more wait for work. 0: never."
    )
    backlog_minutes = fields.Integer(
        string="Waiting for (minutes)",
        required=True,
        default=15,
        help="Tell the owner when a message has waited for so long. 0: never.",
    )
    dead_limit = fields.Integer(
        string="Dead letters allowed", required=True, default=0, help="Tell the owner when there are more."
    )
    alarm_ids = fields.One2many("psa.hub.alarm", "connection_id", string="Alarms", readonly=True)
    open_alarm_count = fields.Integer(string="Open alarms", compute="_compute_open_alarm_count")

    _health_limits_positive = Constraint(
        "check(silent_minutes >= 0 and backlog_limit >= 0 and backlog_minutes >= 0 and dead_limit >= 0)",
        "Limits of the health page are 0 or above it.",
    )

    def _compute_last_message_at(self):
        newest = SQL(
            """
            SELECT connection.id, (
                SELECT message.received_at FROM psa_hub_inbox AS message
                WHERE message.connection_id = connection.id ORDER BY message.received_at DESC LIMIT 1
            ) FROM unnest(%s) AS connection (id)
            """,
            list(self.ids),
        )
        self.env["psa.hub.inbox"].flush_model(["connection_id", "received_at"])
        last = dict(self.env.execute_query(newest)) if self.ids else {}
        for connection in self:
            connection.last_message_at = last.get(connection.id)

    def _compute_dead_count(self):
        counts = dict(
            self.env["psa.hub.dead.letter"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.dead_count = counts.get(connection, 0)

    @api.depends("alarm_ids.state")
    def _compute_open_alarm_count(self):
        counts = dict(
            self.env["psa.hub.alarm"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "open")], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.open_alarm_count = counts.get(connection, 0)

    def action_view_dead_letters(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_hub_dead_letter_action", [("connection_id", "=", self.id)])

    def action_view_alarms(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_hub_alarm_action", [("connection_id", "=", self.id)])
