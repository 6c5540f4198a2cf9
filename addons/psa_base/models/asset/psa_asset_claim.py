from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...series import Constraint


class PsaAssetClaim(models.Model):
    """A serial number or hostname of which a transaction makes an asset, or finds one.

    Two transactions that do so at once for the same machine would each see no asset and make one. Both have to
    write this row, so the later one fails as stale and starts again, on what the first one made.
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
        """Claim for this transaction, in an order that all share, or two of them would wait for each other."""
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
        """No transaction lasts a day, and claims say nothing to later ones."""
        self.search([("claimed_at", "<", fields.Datetime.now() - timedelta(days=1))]).unlink()
