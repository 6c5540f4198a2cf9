from odoo import fields, models

from ...tools.windows import open_list


class ResPartner(models.Model):
    """A client, its assets, and what monitoring calls it."""

    _inherit = "res.partner"

    rmm_group = fields.Char(
        string="Monitoring group",
        copy=False,
        index="btree_not_null",
        help="What the monitoring system calls this client. Leave it empty when it uses the company's name.",
    )
    asset_count = fields.Integer(
        string="Number of assets",
        compute="_compute_asset_count",
        groups="psa_base.group_support,psa_base.group_operations,psa_base.group_accounts",
    )

    def _compute_asset_count(self):
        counts = dict(
            self.env["psa.asset"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.asset_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_assets(self):
        self.ensure_one()
        client = self.commercial_partner_id
        return open_list(
            self.env, "psa_base.psa_asset_action", [("partner_id", "=", client.id)], {"default_partner_id": client.id}
        )
