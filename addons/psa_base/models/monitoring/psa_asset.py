from odoo import api, fields, models

from ...roles import WATCHERS
from ...tools.windows import open_list


class PsaAsset(models.Model):
    """The alerts of a device, and its maintenance windows."""

    _inherit = "psa.asset"

    alert_ids = fields.One2many("psa.alert", "asset_id", string="Alerts", readonly=True, groups=WATCHERS)
    open_alert_count = fields.Integer(string="Alerts that are on", compute="_compute_open_alert_count", groups=WATCHERS)

    @api.depends("alert_ids.state")
    def _compute_open_alert_count(self):
        going_on = [("asset_id", "in", self.ids), ("state", "!=", "recovered")]
        counts = dict(self.env["psa.alert"]._read_group(going_on, ["asset_id"], ["__count"]))
        for asset in self:
            asset.open_alert_count = counts.get(asset, 0)

    def write(self, vals):
        moving = self.filtered(lambda asset: "partner_id" in vals and asset.partner_id.id != vals["partner_id"])
        result = super().write(vals)
        if moving:
            # sudo: whoever moves an asset to another client need not be allowed to read its alerts.
            self.env["psa.alert"].sudo()._follow_assets(moving)
        return result

    def action_view_alerts(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_alert_action", [("asset_id", "=", self.id)])

    def action_view_maintenance(self):
        self.ensure_one()
        return open_list(
            self.env,
            "psa_base.psa_maintenance_window_action",
            [
                ("partner_id", "in", (False, self.partner_id.id)),
                "|",
                ("asset_ids", "=", False),
                ("asset_ids", "in", self.ids),
            ],
            {
                "default_name": self.name,
                "default_partner_id": self.partner_id.id,
                "default_asset_ids": self.ids,
            },
        )
