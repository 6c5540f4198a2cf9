from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class PsaAlertOrderMixin(models.AbstractModel):
    """What the rows know of a message that comes again, or late: by the sender's time, in whichever order they came."""

    _name = "psa.alert.order.mixin"
    _description = "Order of what was seen"

    # No poll looks back for so long, and no sender repeats a message after that.
    RECOVERIES_KEPT_FOR = timedelta(days=40)

    def _find_counted(self, condition_key, external_id, occurred_at):
        """The alert on which the sender's message counts already, also when it is not kept any more; None if none."""
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
        """The alert whose condition the sender has said is over since, by its own clock; None if it has not.

        Empty when the end came before any alert.
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
        """The titles with which the sender has said of the device since that something is over."""
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
        """Recoveries that ended nothing are history of no alert."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM psa_alert_occurrence WHERE alert_id IS NULL AND at < %s",
                fields.Datetime.now() - self.RECOVERIES_KEPT_FOR,
            )
        )
