from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.sql import table_exists

from ...const import MAIN_SOURCE
from ...series import Constraint


class PsaAssetIdentity(models.Model):
    """An identifier by which a monitoring system knows an asset, or knew it once.

    A machine that is installed anew gets a new one. The one before stays as a past identity, so that messages that
    still use it find the asset. The current identity is the one that the system reported last.
    """

    _name = "psa.asset.identity"
    _description = "Identity of an asset"
    _order = "is_current desc, last_seen_at desc, id desc"
    _rec_name = "identifier"

    asset_id = fields.Many2one("psa.asset", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="asset_id.company_id", store=True)
    source = fields.Char(
        required=True,
        readonly=True,
        default=MAIN_SOURCE,
        help="The system whose identifier this is: two systems may use the same one.",
    )
    identifier = fields.Char(required=True, readonly=True)
    is_current = fields.Boolean(string="Current", readonly=True, default=True)
    connection_id = fields.Many2one(
        "psa.hub.connection",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The connection that reported it last. Empty when somebody entered it by hand.",
    )
    first_seen_at = fields.Datetime(string="First told on", readonly=True)
    last_seen_at = fields.Datetime(string="Last told on", readonly=True)
    fingerprint = fields.Char(
        readonly=True,
        help="Of the values that were reported last. The same values again are no news: one that differs from the "
        "asset's was changed here.",
    )

    _identifier_uniq = Constraint(
        "unique(company_id, source, identifier)", "Another asset has or had this monitoring ID already."
    )

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_asset_identity_current_idx
                ON psa_asset_identity (asset_id, source) WHERE is_current
            """
        )
        # Free space on each page: every poll writes every row, and a row that stays on its page changes no index.
        self.env.cr.execute("ALTER TABLE psa_asset_identity SET (fillfactor = 70)")
        if not table_exists(self.env.cr, "psa_asset"):
            return  # In a new database, the table of assets is made after this one.
        # Assets from before there were identities get one from their monitoring ID.
        self.env.cr.execute(
            """
            INSERT INTO psa_asset_identity
                (asset_id, company_id, source, identifier, is_current, first_seen_at, last_seen_at)
            SELECT id, company_id, 'rmm', pulseway_id, true, last_audit, last_audit
              FROM psa_asset WHERE pulseway_id IS NOT NULL
            ON CONFLICT DO NOTHING
            """
        )

    def _find_assets(self, company, identifiers, source=MAIN_SOURCE):
        """{identifier: asset} of the identifiers that are known, with past ones and with archived assets."""
        identities = self.search(
            [("company_id", "=", company.id), ("source", "=", source), ("identifier", "in", list(identifiers))]
        )
        return {identity.identifier: identity.asset_id for identity in identities}

    def _adopt(self, connection, source, assets):
        """Add identifiers that no asset has, as past identities: {identifier: asset ID}.

        If another transaction adds one of them at the same time, this raises a serialization failure, and the
        caller starts again.
        """
        if not assets:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psa_asset_identity
                    (asset_id, company_id, source, identifier, connection_id, is_current,
                     create_uid, create_date, write_uid, write_date)
                SELECT told.asset_id, %(company)s, %(source)s, told.identifier, %(connection)s, false,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(%(assets)s::int[], %(identifiers)s::text[]) AS told (asset_id, identifier)
                ON CONFLICT (company_id, source, identifier) DO NOTHING
                """,
                company=connection.company_id.id,
                connection=connection.id,
                source=source,
                assets=list(assets.values()),
                identifiers=list(assets),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            ),
            log_exceptions=False,
        )

    def _make_current(self, source, identities):
        """Make these the current identities of their assets: {asset ID: identity ID}."""
        if not identities:
            return
        assets = self.env["psa.asset"]
        self.flush_model()
        assets.flush_model(["pulseway_id"])
        asset_ids, identity_ids = list(identities), list(identities.values())
        for query in (
            SQL(
                """
                UPDATE psa_asset_identity SET is_current = false
                 WHERE asset_id = ANY(%s) AND source = %s AND is_current AND id != ALL(%s)
                """,
                asset_ids,
                source,
                identity_ids,
            ),
            SQL("UPDATE psa_asset_identity SET is_current = true WHERE id = ANY(%s)", identity_ids),
            SQL(
                """
                UPDATE psa_asset SET pulseway_id = identity.identifier FROM psa_asset_identity identity
                 WHERE psa_asset.id = identity.asset_id AND identity.id = ANY(%s) AND identity.source = %s
                """,
                identity_ids,
                MAIN_SOURCE,
            ),
        ):
            self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_model()
        assets.invalidate_model(["pulseway_id", "identity_ids"])
