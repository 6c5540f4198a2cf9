from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    asset_count = fields.Integer(
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
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("psa_base.psa_asset_action"),
            "domain": [("partner_id", "=", client.id)],
            "context": {"default_partner_id": client.id},
        }
