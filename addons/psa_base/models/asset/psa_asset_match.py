from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...services.asset import devices, matching
from ...tools.windows import CLOSE, open_dialog


class PsaAssetMatch(models.TransientModel):
    """A dialog: the device of a dead letter beside the assets that it may be, for a person to say which one it is."""

    _name = "psa.asset.match"
    _description = "Match a device"

    message_id = fields.Many2one("psa.hub.inbox", required=True, readonly=True, ondelete="cascade")
    reason = fields.Text(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    is_whole = fields.Boolean(string="Can become an asset", readonly=True, help="The message says what device it is.")
    identifier = fields.Char(string="Monitoring ID", readonly=True)
    name = fields.Char(string="Hostname", readonly=True)
    serial_number = fields.Char(string="Serial number", readonly=True)
    os_info = fields.Char(string="Operating system", readonly=True)
    line_ids = fields.One2many("psa.asset.match.line", "match_id", string="Assets that it may be")
    asset_id = fields.Many2one(
        "psa.asset",
        string="Another asset",
        domain="[('partner_id', '=?', partner_id)]",
        help="Choose it here when it is none of the assets above.",
    )

    @api.model
    def _open_dialog(self, message):
        """The action that opens the dialog for a message, with the assets that its dead letter names."""
        facts = message.mend_values or {}
        device = facts.get("device") or {"identifier": facts.get("identifier"), "name": facts.get("hostname")}
        match = self.create(
            {
                "message_id": message.id,
                "reason": message.reason,
                "partner_id": facts.get("partner_id"),
                "is_whole": bool(facts.get("device")),
                **{name: device.get(name) for name in ("identifier", "name", "serial_number", "os_info")},
                "line_ids": [
                    Command.create({"asset_id": asset.id}) for asset in self._find_candidates(message, facts, device)
                ],
            }
        )
        return open_dialog(match, self.env._("Which asset is it?"), context={"dialog_size": "extra-large"})

    @api.model
    def _find_candidates(self, message, facts, device):
        """The assets that the dead letter names; if it names none, those with the hostname of the device."""
        assets = self.env["psa.asset"].with_context(active_test=False)
        named = [*(facts.get("candidate_ids") or ()), *filter(None, [facts.get("asset_id")])]
        if named:
            return assets.browse(named).exists()
        if not device.get("name"):
            return assets
        return assets.search([("company_id", "=", message.company_id.id), ("name", "=ilike", device["name"])], limit=20)

    def action_choose(self):
        """The device is the asset in the field below the list."""
        self.ensure_one()
        if not self.asset_id:
            raise UserError(self.env._("Choose the asset first."))
        return self._choose(self.asset_id)

    def action_new_device(self):
        """The device is none of the assets: make one of it."""
        self.ensure_one()
        if not self.is_whole:
            raise UserError(self.env._("The message does not say enough to make an asset. Let the device register."))
        self.message_id._check_may_settle()
        connection = devices.as_hub(self.message_id.connection_id)
        device = matching.read_device(self.message_id.mend_values["device"])
        client = connection.env["res.partner"].browse(self.partner_id.id)
        return self._settle_device(devices.make_assets(connection, [(device, client)], self.message_id.received_at))

    def _choose(self, asset):
        self.message_id._check_may_settle()
        if self.partner_id and asset.partner_id != self.partner_id:
            # With the person's own rights, who must be allowed to move assets. Tickets of the asset may forbid it.
            asset.partner_id = self.partner_id
        return self._settle_device(asset)

    def _settle_device(self, asset):
        """The device is this asset: keep its identifier, and replay all dead letters about the device."""
        message = self.message_id
        asset._take_identity(devices.get_source(message.connection_id), self.identifier)
        waiting = message
        if message.device_key:
            waiting |= message.search(
                [
                    ("connection_id", "=", message.connection_id.id),
                    ("device_key", "=", message.device_key),
                    ("state", "=", "dead"),
                ]
            )
        action = waiting.sorted("id").action_replay()
        if action["type"] == "ir.actions.client":
            # A notification does not close the dialog. The window of a long replay does, because it takes its place.
            action["params"]["next"] = CLOSE
        return action


class PsaAssetMatchLine(models.TransientModel):
    """An asset that a device may be, and which values they have in common."""

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
