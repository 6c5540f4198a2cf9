from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...const import SOURCE_PRIORITIES
from ...series import Constraint


class PsaAlertOccurrence(models.Model):
    """One time that a condition was seen, or was reported as over. Rows are only ever added.

    A message that is worked twice counts once: the database allows one row for a message and condition, and one for
    the sender's ID and time within an episode. A row without an alert is a recovery that ended nothing. It is kept
    for some weeks, because older alerts that it ends may come after it.
    """

    _name = "psa.alert.occurrence"
    _description = "Occurrence of an alert"
    _inherit = ["psa.ledger.mixin"]
    _order = "id desc"
    _rec_name = "title"
    _log_access = False

    alert_id = fields.Many2one("psa.alert", readonly=True, index="btree_not_null", ondelete="cascade")
    connection_id = fields.Many2one("psa.hub.connection", required=True, readonly=True, ondelete="cascade")
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

    _seen_has_alert = Constraint("CHECK(kind = 'off' OR alert_id IS NOT NULL)", "What was seen is of an alert.")

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_alert_occurrence_message_uniq
                ON psa_alert_occurrence (inbox_id, condition_key) WHERE inbox_id IS NOT NULL;
            CREATE UNIQUE INDEX IF NOT EXISTS psa_alert_occurrence_external_uniq
                ON psa_alert_occurrence (
                    alert_id, condition_key, kind, external_id, coalesce(occurred_at, '-infinity')
                ) WHERE external_id IS NOT NULL;
            CREATE INDEX IF NOT EXISTS psa_alert_occurrence_device_idx
                ON psa_alert_occurrence (alert_id, device, condition_key, id DESC);
            CREATE INDEX IF NOT EXISTS psa_alert_occurrence_condition_idx
                ON psa_alert_occurrence (condition_key, occurred_at);
            CREATE INDEX IF NOT EXISTS psa_alert_occurrence_recovery_idx
                ON psa_alert_occurrence (connection_id, device, occurred_at) WHERE alert_id IS NULL;
            """
        )

    def _find_on(self, connection_id, partner_id, device, ended_at):
        """The conditions of a client's device that are on: (alert ID, key of the condition, title)."""
        place = SQL("alert.connection_id = %s AND alert.partner_id = %s", connection_id, partner_id)
        return self._find_last_on(SQL("%s AND occurrence.device = %s", place, device), ended_at)

    def _find_condition_on(self, condition_key, ended_at):
        """The condition with this key in each episode in which it is on: (alert ID, key of the condition, title)."""
        return self._find_last_on(SQL("occurrence.condition_key = %s", condition_key), ended_at)

    def _find_last_on(self, where, ended_at):
        """Conditions that are on, without those seen after `ended_at`: a recovery does not end what came later."""
        return self.env.execute_query(
            SQL(
                """
                SELECT alert_id, condition_key, title FROM (
                    SELECT DISTINCT ON (occurrence.alert_id, occurrence.condition_key)
                           occurrence.alert_id, occurrence.condition_key, occurrence.title, occurrence.kind
                    FROM psa_alert AS alert JOIN psa_alert_occurrence AS occurrence ON occurrence.alert_id = alert.id
                    WHERE alert.state <> 'recovered' AND %(where)s
                    ORDER BY occurrence.alert_id, occurrence.condition_key, occurrence.id DESC
                ) AS last WHERE kind = 'on' AND NOT EXISTS (
                    SELECT FROM psa_alert_occurrence AS later
                    WHERE later.alert_id = last.alert_id AND later.condition_key = last.condition_key
                    AND later.kind = 'on' AND later.occurred_at > %(ended_at)s
                ) ORDER BY alert_id
                """,
                where=where,
                ended_at=ended_at,
            )
        )

    def _end_conditions(self, ended, occurrence):
        """Add that the conditions are over, and end the episodes in which nothing else is on. Return the first one.

        A recovery with the sender's time also gets a row without an alert, for older alerts that come after it.
        """
        alerts = self.env["psa.alert"].browse(sorted({alert_id for alert_id, _key, _title in ended}))
        for alert_id, condition_key, _title in ended:
            self._add_row({**occurrence, "alert_id": alert_id, "condition_key": condition_key, "kind": "off"})
        if occurrence["occurred_at"] and occurrence["condition_key"] not in {key for _alert_id, key, _title in ended}:
            self._add_row({**occurrence, "kind": "off"})
        over = alerts - self._filter_on(alerts)
        over._recover(self.env._("The monitoring system says that it is over: “%s”.", occurrence["title"]))
        return alerts[:1]

    def _add_row(self, values):
        """Add a row, unless it is there already."""
        insert = SQL(
            "INSERT INTO psa_alert_occurrence (%s) VALUES %s ON CONFLICT DO NOTHING",
            SQL(", ").join(map(SQL.identifier, values)),
            tuple(values.values()),
        )
        self.env.cr.execute(insert, log_exceptions=False)

    def _filter_on(self, alerts):
        """The alerts with a condition that is still on."""
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

    # --- Messages that come again or late: by the sender's time, whatever order they come in. ---

    # Longer than any poll looks back or any sender repeats a message.
    RECOVERIES_KEPT_FOR = timedelta(days=40)

    def _find_counted(self, condition_key, external_id, occurred_at):
        """The alert on which the sender's message was counted, also if the message is deleted; None if it was not."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT alert_id FROM psa_alert_occurrence
                WHERE condition_key = %s AND external_id = %s AND occurred_at = %s AND kind = 'on'
                ORDER BY id DESC LIMIT 1
                """,
                condition_key,
                external_id,
                occurred_at,
            )
        )
        return self.env["psa.alert"].browse(rows[0]) if rows else None

    def _find_later_end(self, condition_key, occurred_at):
        """The alert whose condition was over at or after `occurred_at`, by the sender's time; None if it was not.

        Empty when the recovery came before any alert.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT alert_id FROM psa_alert_occurrence
                WHERE condition_key = %s AND kind = 'off' AND occurred_at >= %s
                ORDER BY alert_id IS NULL, id DESC LIMIT 1
                """,
                condition_key,
                occurred_at,
            )
        )
        return self.env["psa.alert"].browse(rows[0][0] or ()) if rows else None

    def _find_later_recoveries(self, connection_id, device, occurred_at):
        """The titles of the device's recoveries at or after `occurred_at` that ended nothing when they came."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT title FROM psa_alert_occurrence
                WHERE alert_id IS NULL AND connection_id = %s AND device = %s AND occurred_at >= %s
                """,
                connection_id,
                device,
                occurred_at,
            )
        )
        return [title for (title,) in rows]

    @api.autovacuum
    def _gc_recoveries(self):
        """Recoveries that ended nothing belong to no alert's history."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM psa_alert_occurrence WHERE alert_id IS NULL AND at < %s",
                fields.Datetime.now() - self.RECOVERIES_KEPT_FOR,
            )
        )
