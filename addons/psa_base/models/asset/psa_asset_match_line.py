from odoo import api, fields, models


class PsaAssetMatchLine(models.TransientModel):
    """An asset that a device may be, with what speaks for it."""

    _name = "psa.asset.match.line"
    _description = "Asset that a device may be"

    match_id = fields.Many2one("psa.asset.match", required=True, readonly=True, ondelete="cascade")
    asset_id = fields.Many2one("psa.asset", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(related="asset_id.partner_id", string="Client")
    serial_number = fields.Char(related="asset_id.serial_number")
    os_info = fields.Char(related="asset_id.os_info")
    state = fields.Selection(related="asset_id.state")
    pulseway_id = fields.Char(related="asset_id.pulseway_id")
    last_told_at = fields.Datetime(related="asset_id.last_told_at")
    same = fields.Char(compute="_compute_same", string="What is the same")

    @api.depends("asset_id", "match_id")
    def _compute_same(self):
        for line in self:
            asset, match = line.asset_id, line.match_id
            same = [
                label
                for label, ours, theirs in (
                    (self.env._("serial number"), asset.serial_number, match.serial_number),
                    (self.env._("hostname"), asset.name, match.name),
                    (self.env._("monitoring ID"), asset.pulseway_id, match.identifier),
                    (self.env._("client"), asset.partner_id.name, match.partner_id.name),
                    (self.env._("operating system"), asset.os_info, match.os_info),
                )
                if ours and theirs and ours.strip().lower() == theirs.strip().lower()
            ]
            line.same = ", ".join(same)

    def action_choose(self):
        self.ensure_one()
        return self.match_id._choose(self.asset_id)
