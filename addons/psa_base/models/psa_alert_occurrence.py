from odoo import fields, models
from odoo.tools import SQL

from .psa_alert import SOURCE_PRIORITIES


class PsaAlertOccurrence(models.Model):
    """One time that a condition was seen, or was said to be over. Rows are only ever added.

    A message says a thing of a condition once, and so does the sender's own number within an episode:
    the database holds it, so a message that is worked twice counts once.
    """

    _name = "psa.alert.occurrence"
    _description = "Occurrence of an alert"
    _inherit = ["psa.ledger.mixin"]
    _order = "id desc"
    _rec_name = "title"
    _log_access = False

    alert_id = fields.Many2one("psa.alert", required=True, readonly=True, index=True, ondelete="cascade")
    inbox_id = fields.Many2one("psa.hub.inbox", string="Message", readonly=True, ondelete="set null")
    asset_id = fields.Many2one("psa.asset", readonly=True, index="btree_not_null", ondelete="set null")
    kind = fields.Selection([("on", "Seen"), ("off", "Over")], string="What", required=True, readonly=True)
    title = fields.Char(required=True, readonly=True)
    source_priority = fields.Selection(SOURCE_PRIORITIES, string="Sender's priority", readonly=True)
    at = fields.Datetime(string="Received on", required=True, readonly=True)
    occurred_at = fields.Datetime(string="Sender's time", readonly=True)
    device = fields.Char(readonly=True)
    condition_key = fields.Char(string="Condition", required=True, readonly=True)
    external_id = fields.Char(string="Sender's ID", readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_alert_occurrence_message_uniq
                ON psa_alert_occurrence (inbox_id, condition_key) WHERE inbox_id IS NOT NULL;
            CREATE UNIQUE INDEX IF NOT EXISTS psa_alert_occurrence_external_uniq
                ON psa_alert_occurrence (alert_id, condition_key, kind, external_id) WHERE external_id IS NOT NULL;
            CREATE INDEX IF NOT EXISTS psa_alert_occurrence_device_idx
                ON psa_alert_occurrence (alert_id, device, condition_key, id DESC);
            CREATE INDEX IF NOT EXISTS psa_alert_occurrence_condition_idx
                ON psa_alert_occurrence (condition_key, id DESC);
            """
        )

    def _find_on(self, connection_id, partner_id, device):
        """The conditions of a device that are on: (alert, condition, title)."""
        return self.env.execute_query(
            SQL(
                """
                SELECT alert_id, condition_key, title FROM (
                    SELECT DISTINCT ON (occurrence.alert_id, occurrence.condition_key)
                           occurrence.alert_id, occurrence.condition_key, occurrence.title, occurrence.kind
                    FROM psa_alert AS alert JOIN psa_alert_occurrence AS occurrence ON occurrence.alert_id = alert.id
                    WHERE alert.state <> 'recovered' AND alert.connection_id = %s AND alert.partner_id = %s
                    AND occurrence.device = %s
                    ORDER BY occurrence.alert_id, occurrence.condition_key, occurrence.id DESC
                ) AS last WHERE kind = 'on' ORDER BY alert_id
                """,
                connection_id,
                partner_id,
                device,
            )
        )

    def _end(self, ended, occurrence):
        """Write down that the conditions are over, and end the episodes in which nothing is on; return all of them."""
        alerts = self.env["psa.alert"].browse(sorted({alert_id for alert_id, _key, _title in ended}))
        for alert_id, condition_key, _title in ended:
            self._add({**occurrence, "alert_id": alert_id, "condition_key": condition_key, "kind": "off"})
        over = alerts - self._filter_on(alerts)
        over._recover(self.env._("The monitoring system says that it is over: “%s”.", occurrence["title"]))
        return alerts[:1]

    def _find_later_end(self, occurrence):
        """The alert whose condition the sender has said is over since, by its own clock; empty if there is none."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT alert_id, kind, occurred_at FROM psa_alert_occurrence
                WHERE condition_key = %s ORDER BY id DESC LIMIT 1
                """,
                occurrence["condition_key"],
            )
        )
        is_later = rows and rows[0][1] == "off" and rows[0][2] and rows[0][2] >= occurrence["occurred_at"]
        return self.env["psa.alert"].browse(rows[0][0] if is_later else ())

    def _add(self, values):
        """Add a row, unless it is there already."""
        insert = SQL(
            "INSERT INTO psa_alert_occurrence (%s) VALUES %s ON CONFLICT DO NOTHING",
            SQL(", ").join(map(SQL.identifier, values)),
            tuple(values.values()),
        )
        self.env.cr.execute(insert, log_exceptions=False)

    def _filter_on(self, alerts):
        """Those of the alerts with a condition that is on still."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT alert_id FROM (
                    SELECT DISTINCT ON (alert_id, condition_key) alert_id, kind FROM psa_alert_occurrence
                    WHERE alert_id = ANY(%s) ORDER BY alert_id, condition_key, id DESC
                ) AS last WHERE kind = 'on'
                """,
                alerts.ids,
            )
        )
        return alerts.browse(alert_id for (alert_id,) in rows)
