from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...const import MAIN_SOURCE
from ...series import Constraint
from ...tools.windows import open_list


class PsaAsset(models.Model):
    """A device or seat of a client that the provider looks after.

    Tickets, agreement lines and security alerts hang on it. Odoo says whose it is; the monitoring system says its
    name, operating system, serial number and audit time, unless `psa.hub.ownership` says otherwise.
    """

    _name = "psa.asset"
    _description = "Client asset"
    _inherit = ["psa.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "partner_id, name, id"
    _rec_names_search = ["name", "serial_number"]

    name = fields.Char(string="Hostname", required=True, index="trigram", tracking=True)
    serial_number = fields.Char(string="Serial number", index="btree_not_null", tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('is_company', '=', True), ('parent_id', '=', False)]",
        help="The client company that owns the device.",
    )
    assigned_user_id = fields.Many2one(
        "res.partner",
        string="Used by",
        tracking=True,
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person at the client who uses the device.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    os_info = fields.Char(string="Operating system")
    last_audit = fields.Datetime(string="Last audit", help="When the monitoring system last took stock of the device.")
    state = fields.Selection(
        [("active", "Active"), ("maintenance", "In maintenance"), ("decommissioned", "Decommissioned")],
        required=True,
        default="active",
        index=True,
        tracking=True,
        copy=False,
    )
    decommissioned_at = fields.Datetime(string="Decommissioned on", readonly=True, copy=False)
    active = fields.Boolean(default=True)
    subscription_active = fields.Boolean(
        string="Billed as a seat",
        compute="_compute_subscription_active",
        search="_search_subscription_active",
        help="An active device counts as one managed seat of its client's agreement.",
    )
    ticket_ids = fields.One2many("helpdesk.ticket", "asset_id", string="Tickets")
    ticket_count = fields.Integer(string="Number of tickets", compute="_compute_ticket_count")

    def init(self):
        # Devices that tell of themselves under a new identifier are looked up by serial number and by hostname.
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS psa_asset_serial_idx
                ON psa_asset (company_id, lower(btrim(serial_number))) WHERE serial_number IS NOT NULL;
            CREATE INDEX IF NOT EXISTS psa_asset_hostname_idx ON psa_asset (partner_id, lower(btrim(name)));
            """
        )
        # Free space on each page: a row with a new audit time stays on its page, and no index has to change.
        self.env.cr.execute("ALTER TABLE psa_asset SET (fillfactor = 85)")

    @api.constrains("partner_id")
    def _check_partner_is_client_company(self):
        for asset in self:
            if asset.partner_id != asset.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(asset)s must belong to the company %(company)s, not to a contact of it.",
                        asset=asset.name,
                        company=asset.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.constrains("partner_id")
    def _check_tickets_are_of_client(self):
        # sudo: all tickets of the asset count, also those that the user may not see.
        for asset in self.sudo().with_context(active_test=False):
            if others := asset.ticket_ids.commercial_partner_id - asset.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(asset)s has tickets of %(client)s, so it cannot go to another client. "
                        "Archive it and create a new asset for the new owner.",
                        asset=asset.name,
                        client=others[0].name,
                    )
                )

    @api.depends("state", "active")
    def _compute_subscription_active(self):
        for asset in self:
            asset.subscription_active = asset.active and asset.state == "active"

    def _search_subscription_active(self, operator, value):
        billed = [("active", "=", True), ("state", "=", "active")]
        if (operator in ("=", "in")) == bool(value):
            return billed
        return ["!", "&", *billed]

    @api.depends("ticket_ids")
    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group([("asset_id", "in", self.ids)], ["asset_id"], ["__count"])
        )
        for asset in self:
            asset.ticket_count = counts.get(asset, 0)

    @api.model_create_multi
    def create(self, vals_list):
        assets = super().create(vals_list)
        assets.filtered("pulseway_id")._follow_monitoring_id()
        return assets

    def write(self, vals):
        if not self._is_hub():
            self._check_ownership(vals)
        result = super().write(vals)
        if "pulseway_id" in vals:
            self._follow_monitoring_id()
        return result

    def action_start_maintenance(self):
        self._update_state({"active"}, "maintenance")

    def action_reactivate(self):
        self._update_state({"maintenance", "decommissioned"}, "active")

    def action_decommission(self):
        self._update_state({"active", "maintenance"}, "decommissioned")

    def action_view_tickets(self):
        self.ensure_one()
        return open_list(
            self.env,
            "psa_base.helpdesk_ticket_action",
            [("asset_id", "=", self.id)],
            {"default_asset_id": self.id, "default_partner_id": self.partner_id.id},
        )

    def _write_state(self, values):
        is_over = values["state"] == "decommissioned"
        return super()._write_state({**values, "decommissioned_at": fields.Datetime.now() if is_over else False})

    def _get_state_refusal(self, target):
        return self.env._(
            "%(asset)s is “%(state)s” and cannot become “%(target)s” from there.",
            asset=self.name,
            state=self._get_state_label(self.state),
            target=self._get_state_label(target),
        )

    # --- The identifiers by which monitoring knows an asset. The monitoring ID that people enter is one of them. ---

    pulseway_id = fields.Char(
        string="Monitoring ID",
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="The identifier of the device in the monitoring system. Clear it to say that this asset is not that "
        "device.",
    )
    identity_ids = fields.One2many(
        "psa.asset.identity", "asset_id", string="Identities", readonly=True, copy=False, groups="base.group_user"
    )
    monitored_by = fields.Char(
        string="Monitored by",
        compute="_compute_monitoring",
        compute_sudo=True,
        help="The connection that reported the device last. Empty: no connection has ever reported it.",
    )
    last_told_at = fields.Datetime(
        string="Last told on",
        compute="_compute_monitoring",
        compute_sudo=True,
        help="When monitoring last reported the device.",
    )
    is_in_maintenance = fields.Boolean(
        string="In maintenance at monitoring",
        readonly=True,
        copy=False,
        help="Monitoring says that somebody works on the device.",
    )

    _pulseway_id_company_uniq = Constraint(
        "unique(pulseway_id, company_id)", "Another asset has this monitoring ID already."
    )

    @api.depends("identity_ids.is_current", "identity_ids.last_seen_at", "identity_ids.connection_id")
    def _compute_monitoring(self):
        for asset in self:
            told = asset.identity_ids.filtered(lambda identity: identity.is_current and identity.last_seen_at)
            latest = max(told, key=lambda identity: identity.last_seen_at, default=told)
            asset.monitored_by = latest.last_seen_at and (latest.connection_id.name or self.env._("Monitoring"))
            asset.last_told_at = latest.last_seen_at

    @api.model
    def _get_missing_domain(self, connection, since):
        """Assets in service that the connection reported before `since`, and not after it."""
        unheard = [
            ("connection_id", "=", connection.id),
            ("is_current", "=", True),
            ("last_seen_at", "<", fields.Datetime.to_string(since)),
        ]
        return [("state", "!=", "decommissioned"), ("identity_ids", "any", unheard)]

    def _follow_monitoring_id(self):
        """A person entered the monitoring ID: make it the asset's current identity.

        The ID before it stays as a past identity if monitoring has reported it, and was a typing error if not.
        With no ID the asset has no identity in that system at all.
        """
        # sudo: identities are closed to people, who change them by changing the asset's monitoring ID.
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
        # sudo: identities are closed to people; a person who says which device an asset is changes them by that.
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
        """Take the monitoring ID away from this asset: another asset is that device."""
        if identity.source == MAIN_SOURCE and self.pulseway_id == identity.identifier:
            self.flush_recordset(["pulseway_id"])
            # Not by `write`, which would delete the identity instead of leaving it to the other asset.
            self.env.cr.execute(SQL("UPDATE psa_asset SET pulseway_id = NULL WHERE id = %s", self.id))
            self.invalidate_recordset(["pulseway_id"])
