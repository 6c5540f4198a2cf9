import uuid
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import ormcache

from ...tools.cached import forget_cached
from ...tools.web_address import read_address, read_system


@dataclass(frozen=True, slots=True)
class Listener:
    """What the announcement of an event needs to know of a subscription, as plain data."""

    subscription_id: int
    connection_id: int
    company_id: int


class PsaApiSubscription(models.Model):
    """A client's system that is told of events by messages to its address.

    Messages go through a connection of the subscription's own, which has the signing secret, the line and the outbox.
    A subscription becomes active when its secret is made: without one the receiver could not check a message.
    """

    _name = "psa.api.subscription"
    _description = "Client webhook"
    _inherit = ["psa.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "partner_id, name, id"

    # Each event of a client becomes one message for each of its webhooks, so their number has a limit.
    MAX_OF_CLIENT = 20
    MAX_URL_LENGTH = 2000

    name = fields.Char(required=True, tracking=True, help="The system that is notified.")
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_company', '=', True), ('parent_id', '=', False)]",
    )
    url = fields.Char(string="Address", required=True, tracking=True, help="Where events are posted to, over https.")
    event_ids = fields.Many2many("psa.api.event", string="Events", required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    connection_id = fields.Many2one("psa.hub.connection", readonly=True, copy=False, ondelete="restrict")
    state = fields.Selection(
        [("active", "Active"), ("paused", "Paused"), ("disabled", "Disabled")],
        required=True,
        readonly=True,
        copy=False,
        default="paused",
        index=True,
        tracking=True,
    )
    secret_created_at = fields.Datetime(related="connection_id.secret_created_at")
    has_previous_secret = fields.Boolean(related="connection_id.has_previous_secret")

    @api.constrains("partner_id")
    def _check_client(self):
        if any(client != client.commercial_partner_id for client in self.partner_id):
            raise ValidationError(self.env._("A webhook belongs to a client company, not to a contact of one."))
        crowded = self._read_group(
            [("partner_id", "in", self.partner_id.ids)],
            ["partner_id"],
            having=[("__count", ">", self.MAX_OF_CLIENT)],
        )
        for [client] in crowded:
            raise ValidationError(
                self.env._(
                    "%(client)s has %(count)s webhooks, and more are not allowed. Delete one that is not used.",
                    client=client.name,
                    count=self.MAX_OF_CLIENT,
                )
            )

    @api.constrains("event_ids")
    def _check_events(self):
        if any(not subscription.event_ids for subscription in self):
            raise ValidationError(self.env._("Choose at least one event."))

    @api.constrains("url")
    def _check_url(self):
        for subscription in self:
            is_inside = subscription._get_connections().may_use_http
            if complaint := not is_inside and self._find_complaint(subscription.url):
                raise ValidationError(complaint)

    @api.model_create_multi
    def create(self, vals_list):
        subscriptions = super().create(vals_list)
        connections = subscriptions._get_connections().create([each._prepare_connection() for each in subscriptions])
        for subscription, connection in zip(subscriptions, connections, strict=True):
            subscription.connection_id = connection
        self._forget_listeners()
        return subscriptions

    def write(self, vals):
        if "partner_id" in vals and any(each.partner_id.id != vals["partner_id"] for each in self):
            raise ValidationError(self.env._("A webhook stays with its client. Make a new one for the other client."))
        if "connection_id" in vals and self.connection_id:
            raise AccessError(self.env._("A webhook keeps the connection that was made with it."))
        if "url" in vals and not self.env.user.has_group("psa_base.group_admin"):
            self._leave_own_network(vals["url"])
        result = super().write(vals)
        if not {"name", "url"}.isdisjoint(vals):
            for subscription in self:
                subscription._get_connections().write(subscription._prepare_place())
        if not {"company_id", "event_ids", "state"}.isdisjoint(vals):
            self._forget_listeners()
        return result

    def unlink(self):
        """Delete the webhooks, and give up the messages that were not sent yet. Messages that were sent stay."""
        connections, open_states = self._get_connections(), ("waiting", "dead")
        given_up = self._find_messages([("state", "in", open_states)])
        result = super().unlink()
        given_up._update_state(open_states, "cancelled", retry_at=False, acted_by_id=self.env.uid)
        connections.active = False
        self._forget_listeners()
        return result

    def _write_state(self, values):
        # sudo: nobody writes the state by hand.
        self.sudo().write(values)
        # The line of a webhook that is not active is not used.
        self._get_connections().active = values["state"] == "active"

    @api.model
    @ormcache()
    def _get_listeners(self):
        """{code of an event: {client ID: Listeners}}. An event that nobody listens to costs one look into the cache."""
        # sudo: who is told of an event does not depend on the user who causes it.
        active = self.sudo().search([("state", "=", "active"), ("partner_id.active", "=", True)], order="id")
        listeners = {}
        for subscription in active:
            listener = Listener(subscription.id, subscription.connection_id.id, subscription.company_id.id)
            for event in subscription.event_ids:
                listeners.setdefault(event.code, {}).setdefault(subscription.partner_id.id, []).append(listener)
        return listeners

    def _leave_own_network(self, url):
        """Take back the permission to call the own network from webhooks whose new address is another system.

        An administrator gave the permission for one system, and whoever changes the address here is none.
        """
        moved = self.filtered(lambda webhook: read_system(webhook.url) != read_system(url))
        inside = moved._get_connections().filtered("may_use_http")
        if not inside:
            return
        if complaint := self._find_complaint(url):
            raise ValidationError(complaint)
        inside.write({"may_use_http": False, "base_url": url})

    @api.model
    def _forget_listeners(self):
        forget_cached(self.env)

    @api.model
    def _forget_listeners_of(self, partners):
        """Forget what is cached if one of these partners is a client with webhooks."""
        # sudo: whoever changes a partner need not be allowed to see webhooks.
        if self.sudo().search_count([("partner_id", "in", partners.ids)], limit=1):
            self._forget_listeners()

    def _get_connections(self):
        # sudo: connections are closed to clients, but a client's own administrators look after its webhooks.
        return self.sudo().connection_id

    def _find_messages(self, domain=(), **options):
        """The messages to these webhooks that match `domain`."""
        # sudo: the outbox is closed to clients; these are only messages of the webhooks at hand.
        messages = self.env["psa.hub.outbox"].sudo()
        return messages.search([("connection_id", "in", self._get_connections().ids), *domain], **options)

    @api.model
    def _make_message_id(self):
        return f"msg_{uuid.uuid4().hex}"

    def _prepare_connection(self):
        return {
            "adapter": "webhook",
            "company_id": self.company_id.id,
            "owner_id": self._get_owner().id,
            "active": False,
            "is_patient": True,
            # No alarm for a backlog: the receiver is the client's, who sees failed deliveries in the portal.
            "backlog_limit": 0,
            "backlog_minutes": 0,
            **self._prepare_place(),
        }

    def _prepare_place(self):
        return {"name": f"{self.partner_id.name}: {self.name}", "base_url": self.url}

    @api.model
    def _find_complaint(self, url):
        """A sentence that says what is wrong with a client's address; empty when nothing is."""
        address = read_address(url)
        is_https = address and address.scheme == "https"
        if not is_https or len(url) > self.MAX_URL_LENGTH or not url.isprintable() or " " in url:
            return self.env._("The address must begin with https://, like https://example.com/webhooks.")
        if address.has_login:
            return self.env._("The address must not hold a login. Messages are signed: that is how to know them.")
        if address.has_fragment:
            return self.env._("Leave out the part of the address after #: it is never sent.")
        if address.is_inside:
            return self.env._(
                "%s is not on the internet. Enter an address that can be reached from everywhere.", address.host
            )
        return ""
