from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...series import Constraint


class PsaAssetClaim(models.Model):
    """A serial number or hostname for which a transaction is making an asset.

    Two transactions at once would each see no asset of a machine, and each make one. Both have to write this row,
    so the later one fails as stale, starts again and finds the asset of the first one.
    """

    _name = "psa.asset.claim"
    _description = "Claim to make an asset"
    _rec_name = "key"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    key = fields.Char(required=True, readonly=True)
    claimed_at = fields.Datetime(string="Claimed on", required=True, readonly=True)

    _key_uniq = Constraint("unique(company_id, key)", "This is claimed already.")

    @api.model
    def _claim(self, company, keys):
        """Claim the keys for this transaction. They are sorted, because two orders would make a deadlock."""
        if not keys:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psa_asset_claim (company_id, key, claimed_at)
                SELECT %s, key, %s FROM unnest(%s::text[]) AS key
                ON CONFLICT (company_id, key) DO UPDATE SET claimed_at = EXCLUDED.claimed_at
                """,
                company.id,
                fields.Datetime.now(),
                sorted(set(keys)),
            ),
            log_exceptions=False,
        )

    @api.autovacuum
    def _gc_old(self):
        """A claim matters while its transaction runs, and none runs for a day."""
        self.search([("claimed_at", "<", fields.Datetime.now() - timedelta(days=1))]).unlink()
