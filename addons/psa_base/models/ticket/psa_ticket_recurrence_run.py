from odoo import fields, models
from odoo.tools import SQL


class PsaTicketRecurrenceRun(models.Model):
    """One occurrence of a recurring ticket for one asset, or for none, and the ticket that came of it."""

    _name = "psa.ticket.recurrence.run"
    _description = "Occurrence of a recurring ticket"
    _order = "occurrence desc, id desc"
    _rec_name = "occurrence"

    recurrence_id = fields.Many2one("psa.ticket.recurrence", required=True, index=True, ondelete="cascade")
    asset_id = fields.Many2one("psa.asset", index="btree_not_null", ondelete="restrict")
    occurrence = fields.Datetime(string="Due on", required=True)
    ticket_id = fields.Many2one("helpdesk.ticket", index="btree_not_null", ondelete="set null")

    def init(self):
        # Each occurrence once for each asset, however many workers open it; 0 stands for no asset.
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_ticket_recurrence_run_once_idx
                ON psa_ticket_recurrence_run (recurrence_id, COALESCE(asset_id, 0), occurrence)
            """
        )

    def _claim(self, recurrence, assets, occurrence):
        """New runs for those of `assets` (ids, False for none) that have none at `occurrence` yet."""
        now = fields.Datetime.now()
        rows = SQL(", ").join(
            SQL("%s", (recurrence.id, asset_id or None, occurrence, self.env.uid, now)) for asset_id in assets
        )
        claim = SQL(
            """
            INSERT INTO psa_ticket_recurrence_run (recurrence_id, asset_id, occurrence, create_uid, create_date)
            VALUES %s ON CONFLICT DO NOTHING RETURNING id
            """,
            rows,
        )
        return self.browse(run_id for (run_id,) in self.env.execute_query(claim))
