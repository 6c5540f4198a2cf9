from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...adapters.facts import CREATE_ORGANIZATION
from ...tools.text import clean_line
from ...tools.windows import show_notification


class ResPartner(models.Model):
    """A client, and the organizations by which vendors know it.

    A new client company is created at the vendors whose connection is set to do so. That only puts a message into the
    outbox: saving a client never waits for a vendor, and never fails because of one.
    """

    _name = "res.partner"
    _inherit = ["psa.hub.subject.mixin", "res.partner"]

    organization_ids = fields.One2many(
        "psa.hub.organization",
        "partner_id",
        string="Vendors' organizations",
        groups="psa_base.group_operations",
    )
    lacks_organization = fields.Boolean(
        string="Unknown to a vendor", compute="_compute_lacks_organization", groups="psa_base.group_operations"
    )

    @api.depends("organization_ids", "is_company", "parent_id")
    def _compute_lacks_organization(self):
        for partner in self:
            partner.lacks_organization = bool(
                partner._is_client_company() and partner._get_connections_without_organization()
            )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._make_known_to_vendors()
        return partners

    def action_create_organization(self):
        """Ask the vendors that do not know this client to create it, again where that failed."""
        self.ensure_one()
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may create organizations at vendors."))
        connections = self._get_connections_without_organization()
        if not connections:
            raise UserError(
                self.env._(
                    "Every vendor knows %s already, or no connection creates clients. That is set on the "
                    "connection, page Polling.",
                    self.display_name,
                )
            )
        started = self._ask_again(connections)
        if not started:
            raise UserError(
                self.env._("%s is being made known already. What comes of it is noted here.", self.display_name)
            )
        message = self.env._(
            "%(client)s is being made known to %(vendors)s. What comes of it is noted here.",
            client=self.display_name,
            vendors=", ".join(started.mapped("name")),
        )
        return show_notification("info", message)

    def _make_known_to_vendors(self):
        for partner in self.filtered(lambda partner: partner._is_client_company()):
            for connection in partner._get_connections_without_organization():
                partner._put_organization(connection)

    def _is_client_company(self):
        return self.is_company and not self.parent_id and not self.ref_company_ids

    def _get_connections_without_organization(self):
        """The connections that create new clients at their vendor and have no organization for this one."""
        # sudo: who creates clients need not be allowed to read connections.
        connections = self.env["psa.hub.connection"].sudo().search([("creates_organizations", "=", True)])
        connections = connections.filtered(
            lambda connection: (
                connection.can_create_organizations and self.company_id.id in (False, connection.company_id.id)
            )
        )
        if connections:
            known = connections.env["psa.hub.organization"].search(
                [("connection_id", "in", connections.ids), ("partner_id", "in", self.ids)]
            )
            connections -= known.connection_id
        return connections

    def _ask_again(self, connections):
        """Ask the vendors that are not being asked already; returns their connections.

        A dead letter with the same name is replayed. Otherwise a new message is put: the client has another name now,
        or its message was cancelled, or was sent without a link coming of it. Adapters look for the name first, so the
        organization is not created twice.
        """
        # sudo: the messages of all companies count, also those that the user may not read.
        outbox = self.env["psa.hub.outbox"].sudo()
        messages = outbox.search(
            [("res_model", "=", self._name), ("res_id", "=", self.id), ("operation", "=", CREATE_ORGANIZATION)],
            order="id",
        )
        latest = {message.connection_id: message for message in messages}
        started = connections - messages.filtered(lambda message: message.state in ("waiting", "sending")).connection_id
        for connection in started:
            message = latest.get(connection)
            if message and message.state == "dead" and message.payload == self._prepare_organization():
                message.sudo(False).action_replay()
            else:
                self._put_organization(connection, f"after:{message.id}" if message else "first")
        return started

    def _put_organization(self, connection, occasion="first"):
        self.env["psa.hub.outbox"]._put(
            connection,
            CREATE_ORGANIZATION,
            self._prepare_organization(),
            f"{CREATE_ORGANIZATION}:{self.id}:{occasion}",
            record=self,
            ordering_key=f"{self._name}:{self.id}",
        )

    def _prepare_organization(self):
        return {"name": clean_line(self.name or "")}

    def _on_hub_sent(self, outbox):
        result = super()._on_hub_sent(outbox)
        if outbox.operation == CREATE_ORGANIZATION:
            self._log_note(self._link_organization(outbox))
        return result

    def _on_hub_dead(self, outbox):
        result = super()._on_hub_dead(outbox)
        if outbox.operation == CREATE_ORGANIZATION:
            self._log_note(
                self.env._(
                    "%(vendor)s did not take this client: %(reason)s Create it there by hand and enter its ID under "
                    "Integrations, Organizations; or mend the cause and try again from here.",
                    vendor=outbox.connection_id.name,
                    reason=outbox.reason,
                )
            )
        return result

    def _link_organization(self, outbox):
        """Link the vendor's organization to this client; returns the note about it."""
        connection, identifier = outbox.connection_id, outbox.external_id
        if not identifier:
            # A person confirmed that the organization exists, so the vendor's answer is not known.
            return self.env._(
                "This client is at %(vendor)s, but under which ID was not told. Enter its ID under Integrations, "
                "Organizations.",
                vendor=connection.name,
            )
        organizations = self.env["psa.hub.organization"]
        organizations._remember(connection, {identifier: outbox.payload["name"]})
        rows = organizations.search(
            [("connection_id", "=", connection.id), "|", ("external_id", "=", identifier), ("partner_id", "=", self.id)]
        )
        organization = rows.filtered(lambda row: row.external_id == identifier)
        facts = {"vendor": connection.name, "identifier": identifier}
        if organization.partner_id and organization.partner_id != self:
            return self.env._(
                "%(vendor)s has an organization of this name (%(identifier)s), which belongs to %(other)s here. "
                "Give one of the two another name, or link the right one under Integrations, Organizations.",
                other=organization.partner_id.display_name,
                **facts,
            )
        if (rows - organization).partner_id:
            return self.env._(
                "%(vendor)s knows this client by another organization already; %(identifier)s was not linked.", **facts
            )
        organization.partner_id = self
        return self.env._("%(vendor)s knows this client as organization %(identifier)s.", **facts)

    def _log_note(self, text):
        # sudo: the integration user, who works messages, may not write to clients.
        self.sudo()._message_log(body=text)
