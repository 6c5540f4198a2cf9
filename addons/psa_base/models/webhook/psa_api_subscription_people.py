from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...adapters.webhook import POST
from ...tools.text import clean_line
from ...tools.webhook.client_events import PING, make_payload


class PsaApiSubscription(models.Model):
    """What people do with a client's webhook: administrators, operations, and the client's own administrators."""

    _inherit = "psa.api.subscription"

    failed_count = fields.Integer(compute="_compute_failed_count", string="Failed deliveries")

    def _compute_failed_count(self):
        domain = [("connection_id", "in", self._get_connections().ids), ("state", "=", "dead")]
        # sudo: a client's administrator sees how many failed of the own ones.
        messages = self.env["psa.hub.outbox"].sudo()
        counts = dict(messages._read_group(domain, ["connection_id"], ["__count"]))
        for subscription in self:
            subscription.failed_count = counts.get(subscription._get_connections(), 0)

    def action_new_secret(self):
        self.ensure_one()
        return self.env["psa.secret.reveal"]._get_action(
            self.env._("New signing secret"),
            self._make_secret(),
            self.env._("Messages are signed with the previous secret as well, until you revoke it."),
        )

    def action_revoke_previous_secret(self):
        self._check_may_change()
        self._get_connections().action_revoke_previous_secret()

    def action_pause(self):
        """Tell of nothing more; what was not delivered yet waits until it goes on."""
        self._check_may_look_after()
        self._update_state(("active",), "paused")

    def action_resume(self):
        """Go on, also after it was disabled: what waits is sent."""
        self._check_may_look_after()
        if any(not subscription.secret_created_at for subscription in self):
            raise UserError(self.env._("Create the signing secret first: without it, nobody could check a message."))
        resumed = self._update_state(
            ("paused", "disabled"), "active", failing_since=False, disabled_at=False, disabled_reason=False
        )
        # sudo: their activities are for those who look after them, whoever ends the trouble.
        resumed.sudo().activity_unlink(["psa_base.mail_activity_type_subscription_disabled"])
        resumed._send_again(("waiting",))
        resumed._let_line_be_tried()

    def action_test(self):
        """Send a message that says that it is a test."""
        self._check_may_look_after()
        for subscription in self:
            if subscription.state != "active":
                raise UserError(self.env._("%s is not active: resume it first.", subscription.name))
            payload = make_payload(PING, fields.Datetime.now(), {})
            connection, key = subscription._get_connections(), self._make_message_id()
            self.env["psa.hub.outbox"]._put(connection, POST, payload, key, record=subscription, ordering_key=PING)
        self._let_line_be_tried()

    def action_replay_failed(self):
        """Send again what was given up."""
        self._check_may_look_after()
        self._send_again(("dead",))

    def action_view_deliveries(self):
        self.ensure_one()
        return self.connection_id.action_view_outbox()

    def _get_deliveries(self, limit, offset=0):
        """What its system was told, the newest first, for a person who may see that."""
        self.ensure_one()
        self.check_access("read")
        return self._find_messages(limit=limit, offset=offset)

    def _replay(self, message_ids):
        """Send these deliveries again at once, whether they were given up, wait for their next try or were taken."""
        self._check_may_look_after()
        self._send_again(("dead", "waiting", "sent"), [("id", "in", message_ids)])

    def _send_again(self, states, domain=()):
        messages = self._find_messages([("state", "in", states), *domain], order="id")
        messages._lock(*states)._filter_replayable()._replay_messages(self.env.user)

    def _let_line_be_tried(self):
        """Whoever asks for it waits for no pause: an interrupted line is tried at once."""
        for connection in self._get_connections():
            self.env["psa.hub.circuit"]._end_pause(connection)

    def _make_secret(self):
        """A new signing secret in clear, this once. With the first one it begins to be told."""
        self.ensure_one()
        self._check_may_change()
        connection = self._get_connections()
        is_first = not connection.secret_created_at
        secret = connection._rotate_secret()
        if is_first:
            self._update_state(("paused",), "active")
        return secret

    def _check_may_look_after(self):
        self._check_is_trusted("psa_base.group_operations")

    def _check_may_change(self):
        self._check_is_trusted("psa_base.group_admin")

    def _check_is_trusted(self, group):
        """Refuse whoever is neither of this group here nor the administrator of the client itself."""
        user = self.env.user
        self.check_access("read")
        # sudo: read for a verdict on the user.
        clients = self.sudo().partner_id
        is_own = user.has_group("psa_base.group_client_admin") and clients == user.commercial_partner_id
        if not (is_own or user.has_group(group)):
            raise AccessError(
                self.env._("Only administrators of the service desk and of the client itself may do this.")
            )

    # --- What a client's own administrator does with the webhooks of the own client, in the portal. ---

    NAME_LENGTH = 100

    @api.model
    def _create_for_own_client(self, name, url, events):
        """A webhook of the user's own client, which waits for its secret; `events` are records."""
        user = self.env.user
        if not user.has_group("psa_base.group_client_admin"):
            raise AccessError(self.env._("Ask your service desk to let you manage API access."))
        # sudo: they make webhooks of the own client alone; what they choose is checked, the rest is not theirs.
        subscriptions = self.sudo().with_context(mail_create_nosubscribe=True)
        return subscriptions.create(
            {
                **self._prepare_choices(name, url, events),
                "partner_id": user.commercial_partner_id.id,
                "company_id": user.company_id.id,
            }
        ).with_env(self.env)

    def _change_for_own_client(self, name, url, events):
        self._check_may_change()
        # sudo: as above.
        self.sudo().write(self._prepare_choices(name, url, events))

    def _delete_for_own_client(self):
        self._check_may_change()
        # sudo: as above.
        self.sudo().unlink()

    @api.model
    def _prepare_choices(self, name, url, events):
        url = clean_line(url)
        return {
            "name": clean_line(name)[: self.NAME_LENGTH] or url[: self.NAME_LENGTH],
            "url": url,
            "event_ids": [Command.set(events.ids)],
        }
