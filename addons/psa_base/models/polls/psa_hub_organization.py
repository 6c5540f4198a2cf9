from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...series import Constraint
from ...tools.windows import RELOAD, show_notification


class PsaHubOrganization(models.Model):
    """A client as a vendor knows it: linked to the client here, or waiting for a person to link it."""

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

    suggestion_id = fields.Many2one(
        "res.partner",
        string="Suggested client",
        compute="_compute_suggestion_id",
        help="The only client of this name, or with it as monitoring group.",
    )

    _external_id_uniq = Constraint(
        "unique(connection_id, external_id)", "The connection has an organization with this ID already."
    )
    _partner_uniq = Constraint(
        "unique(connection_id, partner_id)", "This client is linked to another organization of the connection already."
    )

    @api.depends("name", "partner_id", "connection_id")
    def _compute_suggestion_id(self):
        suggestions = self._find_suggestions()
        for organization in self:
            organization.suggestion_id = suggestions.get(organization.id)

    def write(self, vals):
        if "connection_id" in vals and any(row.connection_id.id != vals["connection_id"] for row in self):
            raise UserError(self.env._("An organization stays with the connection that told of it."))
        return super().write(vals)

    def action_link_suggestion(self):
        """Link each organization to its suggested client. Several with the same suggestion are left to a person."""
        self.check_access("write")
        suggested = self.filtered(lambda row: row.suggestion_id and not row.partner_id)
        left = self.browse()
        for rows in suggested.grouped(lambda row: (row.connection_id, row.suggestion_id)).values():
            if len(rows) > 1:
                left |= rows
            else:
                rows.partner_id = rows.suggestion_id
        return left._get_left_notification() if left else None

    def _get_left_notification(self):
        message = self.env._(
            "Not linked, because the same client is suggested for several of them: %s. Choose the client of "
            "each by hand.",
            ", ".join(self.mapped("name")),
        )
        return show_notification("warning", message, next=RELOAD)

    def _find_suggestions(self):
        """{organization id: client id} of organizations without a client for which exactly one client fits."""
        if not self.ids:
            return {}
        self.env["res.partner"].flush_model(["name", "rmm_group", "is_company", "parent_id", "active", "company_id"])
        self.flush_model(["name", "partner_id", "connection_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT organization.id, min(client.id)
                FROM psa_hub_organization AS organization
                JOIN psa_hub_connection AS connection ON connection.id = organization.connection_id
                JOIN res_partner AS client
                  ON lower(organization.name) IN (lower(client.name), lower(client.rmm_group))
                 AND client.active AND client.is_company AND client.parent_id IS NULL
                 AND (client.company_id IS NULL OR client.company_id = connection.company_id)
                WHERE organization.id IN %s AND organization.partner_id IS NULL
                  AND NOT EXISTS (
                      SELECT FROM psa_hub_organization AS other
                      WHERE other.connection_id = organization.connection_id AND other.partner_id = client.id)
                GROUP BY organization.id HAVING count(*) = 1
                """,
                tuple(self.ids),
            )
        )
        return dict(rows)

    @api.model
    def _remember(self, connection, names):
        """Store the vendor's organizations ({ID: name}); returns (how many are new, how many were renamed).

        Links to clients are not touched: people made them.
        """
        if not names:
            return 0, 0
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psa_hub_organization
                       (connection_id, external_id, name, create_uid, create_date, write_uid, write_date)
                SELECT %(connection)s, told.external_id, told.name, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(%(ids)s, %(names)s) AS told (external_id, name)
                    ON CONFLICT (connection_id, external_id) DO UPDATE
                   SET name = EXCLUDED.name, write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                 WHERE psa_hub_organization.name != EXCLUDED.name
                RETURNING xmax = 0
                """,
                connection=connection.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
                ids=list(names),
                names=list(names.values()),
            )
        )
        self.invalidate_model(["name", "external_id"])
        are_new = [is_new for (is_new,) in self.env.cr.fetchall()]
        return sum(are_new), len(are_new) - sum(are_new)
