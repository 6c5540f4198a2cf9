from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.windows import open_form


class PsaHubAlarm(models.Model):
    """Something wrong with a connection, from when it was noticed until it was over. Its owner is told.

    A connection has at most one open alarm of a kind. An alarm clears by itself when the numbers are good again.
    """

    _name = "psa.hub.alarm"
    _description = "Alarm of a connection"
    _inherit = ["psa.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "state desc, opened_at desc, id desc"
    _rec_name = "detail"

    connection_id = fields.Many2one("psa.hub.connection", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    owner_id = fields.Many2one(related="connection_id.owner_id")
    kind = fields.Selection(
        [
            ("silent", "Silent"),
            ("backlog", "Many messages wait"),
            ("old", "Messages wait long"),
            ("dead", "Dead letters"),
            ("circuit", "The line is cut"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection([("open", "Open"), ("cleared", "Cleared")], required=True, readonly=True, default="open")
    detail = fields.Char(required=True, readonly=True)
    opened_at = fields.Datetime(string="Since", required=True, readonly=True)
    cleared_at = fields.Datetime(string="Cleared on", readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_hub_alarm_open_idx
                ON psa_hub_alarm (connection_id, kind) WHERE state = 'open'
            """
        )

    def action_open_connection(self):
        self.ensure_one()
        return open_form(self.connection_id)

    def action_view_dead_letters(self):
        return self.connection_id.action_view_dead_letters()

    @api.model
    def _cron_check(self):
        """Open new alarms, update the words of those that go on, clear those that are over."""
        now = fields.Datetime.now()
        found = [
            (row["id"], kind, detail)
            for row in self.env["psa.hub.health"]._fetch_connections()
            if row["active"]
            for kind, detail in self._find_complaints(row, now)
        ]
        self._clear_alarms_except([(connection_id, kind) for connection_id, kind, _detail in found], now)
        self._open_alarms(found, now)._tell_owners()

    def _find_complaints(self, row, now):
        """Yield (kind, what is wrong in words) for one connection's numbers."""
        heard_at = max(filter(None, (row["last_message_at"], row["last_contact_at"], row["create_date"])))
        silent = (now - heard_at).total_seconds() // 60
        waited = (now - row["oldest_at"]).total_seconds() // 60 if row["oldest_at"] else 0
        name = row["name"]
        if row["silent_minutes"] and silent >= row["silent_minutes"]:
            yield "silent", self.env._("%(name)s: nothing has come for %(minutes)d minutes.", name=name, minutes=silent)
        if row["backlog_limit"] and row["waiting"] > row["backlog_limit"]:
            yield "backlog", self.env._("%(name)s: %(count)s messages wait.", name=name, count=row["waiting"])
        if self.env["psa.hub.health"]._has_waited_too_long(row, now):
            yield (
                "old",
                self.env._("%(name)s: a message has waited for %(minutes)d minutes.", name=name, minutes=waited),
            )
        if row["dead"] > row["dead_limit"]:
            yield (
                "dead",
                self.env._("%(name)s: dead letters that wait for somebody: %(count)s.", name=name, count=row["dead"]),
            )
        if row["is_held_back"]:
            yield "circuit", self.env._("%s does not answer: calls to it are held back.", name)

    def _open_alarms(self, found, now):
        """Open an alarm for each (connection id, kind, detail) that has none; returns the new ones."""
        if not found:
            return self
        insert = SQL(
            """
            INSERT INTO psa_hub_alarm (connection_id, kind, detail, state, opened_at, create_uid, create_date)
            VALUES %s
            ON CONFLICT (connection_id, kind) WHERE state = 'open' DO UPDATE SET detail = EXCLUDED.detail
            RETURNING id, xmax = 0
            """,
            SQL(", ").join(SQL("%s", (*row, "open", now, self.env.uid, now)) for row in found),
        )
        rows = self.env.execute_query(insert)
        self.invalidate_model()
        return self.browse(alarm_id for alarm_id, is_new in rows if is_new)

    def _clear_alarms_except(self, standing, now):
        open_alarms = self.search([("state", "=", "open")])
        over = open_alarms.filtered(lambda alarm: (alarm.connection_id.id, alarm.kind) not in standing)
        over._take_state(("open",), "cleared", cleared_at=now)
        over.activity_unlink(["psa_base.mail_activity_type_hub_alarm"])

    def _tell_owners(self):
        """Give the owner of each connection an activity."""
        activity_type = self.env.ref("psa_base.mail_activity_type_hub_alarm")
        model = self.env["ir.model"]._get(self._name)
        self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": model.id,
                    "res_id": alarm.id,
                    "user_id": alarm.owner_id.id,
                    "summary": alarm.detail,
                    "automated": True,
                    "date_deadline": fields.Date.context_today(self),
                }
                for alarm in self
            ]
        )
