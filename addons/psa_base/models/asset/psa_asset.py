from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...series import Constraint
from ...tools.windows import open_list


class PsaAsset(models.Model):
    """A device or seat of a client that the provider looks after.

    Tickets, agreement lines and security alerts hang on it. Odoo owns whose it is; the remote
    monitoring system owns name, operating system, serial number and audit time.
    """

    _name = "psa.asset"
    _description = "Client asset"
    _inherit = [
        "psa.asset.ownership.mixin",
        "psa.asset.identity.mixin",
        "psa.asset.alert.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
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

    _pulseway_id_company_uniq = Constraint(
        "unique(pulseway_id, company_id)", "Another asset has this monitoring ID already."
    )

    def init(self):
        # how devices under a new identifier are looked up
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS psa_asset_serial_idx
                ON psa_asset (company_id, lower(btrim(serial_number))) WHERE serial_number IS NOT NULL;
            CREATE INDEX IF NOT EXISTS psa_asset_hostname_idx ON psa_asset (partner_id, lower(btrim(name)));
            """
        )
        # room on each page for new audit times, which touch no index then
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

    def _update_state(self, allowed, target):
        """The one door to the state."""
        states = dict(self._fields["state"]._description_selection(self.env))
        for asset in self:
            if asset.state not in allowed:
                raise UserError(
                    self.env._(
                        "%(asset)s is “%(state)s” and cannot become “%(target)s” from there.",
                        asset=asset.name,
                        state=states[asset.state],
                        target=states[target],
                    )
                )
        self.write(
            {"state": target, "decommissioned_at": fields.Datetime.now() if target == "decommissioned" else False}
        )
