from odoo import api, fields, models

from ...adapters import ADAPTERS
from ...adapters.rmm_adapter import CREATE_ORGANIZATION
from ...tools.windows import open_list


class PsaHubOrganizationMixin(models.AbstractModel):
    """A connection's organizations: which client is which of them, and who makes new ones."""

    _name = "psa.hub.organization.mixin"
    _description = "Organizations of a connection"

    can_create_organizations = fields.Boolean(
        string="Vendor takes new clients", compute="_compute_can_create_organizations"
    )
    creates_organizations = fields.Boolean(
        string="Create new clients there",
        help="A client company that is created here is looked up at the vendor by its name, and created when there "
        "is none. Its save never waits for that.",
    )
    organization_ids = fields.One2many("psa.hub.organization", "connection_id", string="Organizations")
    unlinked_count = fields.Integer(string="Organizations without a client", compute="_compute_unlinked_count")

    @api.depends("adapter")
    def _compute_can_create_organizations(self):
        for connection in self:
            adapter = ADAPTERS.get(connection.adapter)
            connection.can_create_organizations = bool(adapter and CREATE_ORGANIZATION in adapter.operations)

    @api.depends("organization_ids.partner_id")
    def _compute_unlinked_count(self):
        counts = dict(
            self.env["psa.hub.organization"]._read_group(
                [("connection_id", "in", self.ids), ("partner_id", "=", False)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.unlinked_count = counts.get(connection, 0)

    def action_view_organizations(self):
        self.ensure_one()
        return open_list(
            self.env,
            "psa_base.psa_hub_organization_action",
            [("connection_id", "=", self.id)],
            {"default_connection_id": self.id, "search_default_not_linked": bool(self.unlinked_count)},
        )
