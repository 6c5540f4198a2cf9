from odoo import api, fields, models
from odoo.tools import SQL

from ..series import Constraint


class PsaHubOrganization(models.Model):
    """A client as a vendor knows it, linked to the client here, or waiting for somebody to link it."""

    _name = "psa.hub.organization"
    _description = "Vendor's organization"
    _check_company_auto = True
    _order = "name, id"

    connection_id = fields.Many2one("psa.hub.connection", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    external_id = fields.Char(string="Vendor's ID", required=True, help="What the vendor's system calls it.")
    name = fields.Char(required=True, help="The name that it has in the vendor's system.")
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('is_company', '=', True), ('parent_id', '=', False)]",
        help="What the vendor tells of this organization belongs to this client. Empty: not linked yet.",
    )

    _external_id_uniq = Constraint(
        "unique(connection_id, external_id)", "The connection has an organization with this ID already."
    )
    _partner_uniq = Constraint(
        "unique(connection_id, partner_id)", "This client is linked to another organization of the connection already."
    )

    @api.model
    def _remember(self, connection, organizations):
        """Keep what the vendor calls its organizations: {identifier: name}. Returns how many are new.

        Links are people's: they stay as they are.
        """
        if not organizations:
            return 0
        known = SQL("SELECT count(*) FROM psa_hub_organization WHERE connection_id = %s", connection.id)
        [(before,)] = self.env.execute_query(known)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psa_hub_organization
                       (connection_id, external_id, name, create_uid, create_date, write_uid, write_date)
                SELECT %(connection)s, row.external_id, row.name, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(%(ids)s, %(names)s) AS row (external_id, name)
                    ON CONFLICT (connection_id, external_id) DO UPDATE
                   SET name = EXCLUDED.name, write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                 WHERE psa_hub_organization.name != EXCLUDED.name
                """,
                connection=connection.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
                ids=list(organizations),
                names=list(organizations.values()),
            )
        )
        self.invalidate_model(["name", "external_id"])
        [(after,)] = self.env.execute_query(known)
        return after - before
