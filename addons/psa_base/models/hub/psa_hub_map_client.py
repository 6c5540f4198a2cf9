from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.windows import CLOSE


class PsaHubMapClient(models.TransientModel):
    """The dialog that says whose messages a vendor's group or organization sends, and then replays them."""

    _name = "psa.hub.map.client"
    _description = "Map a group to a client"

    connection_id = fields.Many2one("psa.hub.connection", required=True, readonly=True)
    group = fields.Char(readonly=True, help="What the sending system calls the client.")
    organization_id = fields.Char(string="Vendor's ID", readonly=True)
    way = fields.Selection(
        [("existing", "A client that is here"), ("new", "A new client")], required=True, default="existing"
    )
    can_create = fields.Boolean(string="May create clients", compute="_compute_can_create")
    partner_id = fields.Many2one(
        "res.partner", string="Client", domain="[('is_company', '=', True), ('parent_id', '=', False)]"
    )
    new_name = fields.Char(string="Name of the new client")
    waiting_count = fields.Integer(string="Messages that wait", compute="_compute_waiting_count")
    replays_all = fields.Boolean(
        string="Replay all that wait for it",
        default=True,
        help="All dead letters of the connection for the same group.",
    )

    def _compute_can_create(self):
        self.can_create = self.env["res.partner"].has_access("create")

    @api.depends("connection_id", "group", "organization_id")
    def _compute_waiting_count(self):
        for dialog in self:
            dialog.waiting_count = len(dialog._find_waiting())

    def action_map(self):
        """Link the group to the client, and replay what waited for it."""
        self.ensure_one()
        # The dialog's values come from the browser, and what follows goes past the person's rights: check them here.
        self.connection_id.check_access("read")
        messages = self._find_waiting()
        messages._check_may_settle()
        client = self._get_client()
        if self.organization_id:
            self._link_organization(client)
        else:
            self._set_group(client)
        if self.replays_all and messages:
            return messages.action_replay()
        return CLOSE

    def _get_client(self):
        if self.way == "existing":
            if not self.partner_id:
                raise UserError(self.env._("Choose the client that sends these messages."))
            self.partner_id.check_access("read")
            return self.partner_id
        if not (self.new_name or "").strip():
            raise UserError(self.env._("Enter the name of the new client."))
        return self.env["res.partner"].create({"name": self.new_name.strip(), "is_company": True})

    def _link_organization(self, client):
        # sudo: operations may not write organizations, but may say here which client one of them is.
        Organization = self.env["psa.hub.organization"].sudo()
        organization = Organization.search(
            [("connection_id", "=", self.connection_id.id), ("external_id", "=", self.organization_id)]
        )
        if organization:
            organization.partner_id = client
        else:
            Organization.create(
                {
                    "connection_id": self.connection_id.id,
                    "external_id": self.organization_id,
                    "name": self.group or self.organization_id,
                    "partner_id": client.id,
                }
            )

    def _set_group(self, client):
        if client.rmm_group and client.rmm_group.lower() != self.group.lower():
            raise UserError(
                self.env._(
                    "%(client)s has the monitoring group '%(group)s' already. Choose another client, or let the "
                    "sending system use one name for it.",
                    client=client.display_name,
                    group=client.rmm_group,
                )
            )
        # sudo: operations may not write clients, but may say here which group is theirs. Only this field is written.
        client.sudo().rmm_group = self.group

    def _find_waiting(self):
        """The dead letters of the connection that wait for the same group, in order of arrival."""
        Inbox = self.env["psa.hub.inbox"]
        Inbox.flush_model(["state", "mend", "mend_values"])
        waiting = SQL(
            """
            SELECT id FROM psa_hub_inbox
            WHERE connection_id = %s AND state = 'dead' AND mend = 'map_client'
              AND coalesce(mend_values->>'group', '') = %s AND coalesce(mend_values->>'organization_id', '') = %s
            ORDER BY id
            """,
            self.connection_id.id,
            self.group or "",
            self.organization_id or "",
        )
        return Inbox.browse(message_id for (message_id,) in self.env.execute_query(waiting))
