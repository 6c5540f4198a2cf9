from odoo import api, fields, models
from odoo.tools import SQL

from .psa_asset_identity import MAIN_SOURCE


class PsaAssetIdentityMixin(models.AbstractModel):
    """By which identifiers monitoring knows an asset; what people enter as its monitoring ID is one of them."""

    _name = "psa.asset.identity.mixin"
    _description = "Identities of an asset"

    pulseway_id = fields.Char(
        string="Monitoring ID",
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="The identifier of the device in the remote monitoring system. Empty it to say that this asset is not "
        "that device.",
    )
    identity_ids = fields.One2many(
        "psa.asset.identity", "asset_id", string="Identities", readonly=True, copy=False, groups="base.group_user"
    )
    monitored_by = fields.Char(
        string="Monitored by",
        compute="_compute_monitoring",
        compute_sudo=True,
        help="The connection that told of the device last. Empty: monitoring has never told of it.",
    )
    last_told_at = fields.Datetime(
        string="Last told on",
        compute="_compute_monitoring",
        compute_sudo=True,
        help="When monitoring last said anything about the device.",
    )
    is_in_maintenance = fields.Boolean(
        string="In maintenance at monitoring",
        readonly=True,
        copy=False,
        help="Monitoring says that somebody works on the device.",
    )

    @api.depends("identity_ids.is_current", "identity_ids.last_seen_at", "identity_ids.connection_id")
    def _compute_monitoring(self):
        for asset in self:
            told = asset.identity_ids.filtered(lambda identity: identity.is_current and identity.last_seen_at)
            latest = max(told, key=lambda identity: identity.last_seen_at, default=told)
            asset.monitored_by = latest.last_seen_at and (latest.connection_id.name or self.env._("Monitoring"))
            asset.last_told_at = latest.last_seen_at

    @api.model_create_multi
    def create(self, vals_list):
        assets = super().create(vals_list)
        assets.filtered("pulseway_id")._follow_monitoring_id()
        return assets

    def write(self, vals):
        result = super().write(vals)
        if "pulseway_id" in vals:
            self._follow_monitoring_id()
        return result

    @api.model
    def _get_missing_domain(self, connection, since):
        """Assets in service that the connection knows and has not told of since then."""
        unheard = [
            ("connection_id", "=", connection.id),
            ("is_current", "=", True),
            ("last_seen_at", "<", fields.Datetime.to_string(since)),
        ]
        return [("state", "!=", "decommissioned"), ("identity_ids", "any", unheard)]

    def _follow_monitoring_id(self):
        """Somebody said by hand which device the asset is: make that its current identity.

        An ID that monitoring has told of stays as a past one; one that it never told was a slip. Without an
        ID the asset is no device of that system.
        """
        # sudo: who may change the asset's monitoring ID says with it what its identities are.
        identities = self.env["psa.asset.identity"].sudo()
        own = identities.search([("asset_id", "in", self.ids), ("source", "=", MAIN_SOURCE)])
        dropped = own.filtered(
            lambda identity: (
                not identity.asset_id.pulseway_id
                or (identity.identifier != identity.asset_id.pulseway_id and not identity.last_seen_at)
            )
        )
        dropped.unlink()
        for asset in self.filtered("pulseway_id"):
            asset._take_identity(MAIN_SOURCE, asset.pulseway_id)

    def _take_identity(self, source, identifier):
        """Make an identifier the asset's current one, whichever asset had it before."""
        self.ensure_one()
        # sudo: identities are written by the hub and by who says which device an asset is.
        identities = self.env["psa.asset.identity"].sudo()
        identity = identities.search(
            [("company_id", "=", self.company_id.id), ("source", "=", source), ("identifier", "=", identifier)]
        )
        if identity and identity.asset_id != self:
            identity.asset_id._forget_monitoring_id(identity)
            identity.write({"asset_id": self.id, "is_current": False, "last_seen_at": False})
        elif not identity:
            identity = identities.create(
                {"asset_id": self.id, "source": source, "identifier": identifier, "is_current": False}
            )
        identities._make_current(source, {self.id: identity.id})

    def _forget_monitoring_id(self, identity):
        """The device is another asset's."""
        if identity.source == MAIN_SOURCE and self.pulseway_id == identity.identifier:
            self.flush_recordset(["pulseway_id"])
            # past `write`, which would say that the device is nobody's
            self.env.cr.execute(SQL("UPDATE psa_asset SET pulseway_id = NULL WHERE id = %s", self.id))
            self.invalidate_recordset(["pulseway_id"])
