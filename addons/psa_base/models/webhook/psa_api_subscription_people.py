from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...adapters.webhook import POST
from ...tools.text import clean_line
from ...tools.webhook.events import PING, make_payload


class PsaApiSubscription(models.Model):
    """What people do with a client's webhook: administrators, operations, and the client's own administrators."""

    _inherit = "psa.api.subscription"

    failed_count = fields.Integer(compute="_compute_failed_count", string="Failed deliveries")

    def _compute_failed_count(self):
        domain = [("connection_id", "in", self._get_connections().ids), ("state", "=", "dead")]
        # sudo: the outbox is closed to clients; these are only messages of the webhooks at hand.
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
        """Announce no more events to the webhook. Messages that were not delivered yet wait until it is resumed."""
        self._check_may_look_after()
        self._take_state(("active",), "paused")

    def action_resume(self):
        """Make paused and disabled webhooks active again, and send the messages that wait."""
        self._check_may_look_after()
        if any(not subscription.secret_created_at for subscription in self):
            raise UserError(self.env._("Create the signing secret first: without it, nobody could check a message."))
        resumed = self._take_state(
            ("paused", "disabled"), "active", failing_since=False, disabled_at=False, disabled_reason=False
        )
        # sudo: the activity is a colleague's of the service desk, and the client may have resumed the webhook.
        resumed.sudo().activity_unlink(["psa_base.mail_activity_type_subscription_disabled"])
        resumed._send_again(("waiting",))
        resumed._let_line_be_tried()

    def action_test(self):
        """Send a test message, the event “ping”."""
        self._check_may_look_after()
        for subscription in self:
            if subscription.state != "active":
                raise UserError(self.env._("%s is not active: resume it first.", subscription.name))
            payload = make_payload(PING, fields.Datetime.now(), {})
            connection, key = subscription._get_connections(), self._make_message_id()
            self.env["psa.hub.outbox"]._put(connection, POST, payload, key, record=subscription, ordering_key=PING)
        self._let_line_be_tried()

    def action_replay_failed(self):
        """Send the failed messages again."""
        self._check_may_look_after()
        self._send_again(("dead",))

    def action_view_deliveries(self):
        self.ensure_one()
        return self.connection_id.action_view_outbox()

    def _get_deliveries(self, limit, offset=0):
        """The messages to the webhook, the newest first, for a user who may see the webhook."""
        self.ensure_one()
        self.check_access("read")
        return self._find_messages(limit=limit, offset=offset)

    def _replay_deliveries(self, message_ids):
        """Send these messages again now, whether they failed, wait for their next try or were accepted."""
        self._check_may_look_after()
        self._send_again(("dead", "waiting", "sent"), [("id", "in", message_ids)])

    def _send_again(self, states, domain=()):
        messages = self._find_messages([("state", "in", states), *domain], order="id")
        messages._lock(*states)._filter_replayable()._replay_messages(self.env.user)

    def _let_line_be_tried(self):
        """Try an interrupted line now, because a person asks for it."""
        for connection in self._get_connections():
            self.env["psa.hub.circuit"]._end_pause(connection)

    def _make_secret(self):
        """Make a signing secret and return it in clear: this is the only time that it can be read.

        The first secret makes the webhook active.
        """
        self.ensure_one()
        self._check_may_change()
        connection = self._get_connections()
        is_first = not connection.secret_created_at
        secret = connection._rotate_secret()
        if is_first:
            self._take_state(("paused",), "active")
        return secret

    def _check_may_look_after(self):
        self._check_is_trusted("psa_base.group_operations")

    def _check_may_change(self):
        self._check_is_trusted("psa_base.group_admin")

    def _check_is_trusted(self, group):
        """Refuse users who are neither in `group` nor administrators of the client itself."""
        user = self.env.user
        self.check_access("read")
        # sudo: which client it is decides about the user, and is not shown.
        clients = self.sudo().partner_id
        is_own = user.has_group("psa_base.group_client_admin") and clients == user.commercial_partner_id
        if not (is_own or user.has_group(group)):
            raise AccessError(
                self.env._("Only administrators of the service desk and of the client itself may do this.")
            )

    # --- The portal: what a client's own administrator does with the webhooks of the own client. ---
    # These people have no right to write webhooks. Each method takes what they may choose, and checks it.

    NAME_LENGTH = 100

    @api.model
    def _create_for_own_client(self, name, url, events):
        """Create a webhook of the user's own client. It is paused until its secret is made; `events` are records."""
        user = self.env.user
        if not user.has_group("psa_base.group_client_admin"):
            raise AccessError(self.env._("Ask your service desk to let you manage API access."))
        # sudo: they have no right to create webhooks. What they choose is checked; the rest is set here.
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
        # sudo: they have no right to write webhooks. The user was checked, and what they choose is checked.
        self.sudo().write(self._prepare_choices(name, url, events))

    def _delete_for_own_client(self):
        self._check_may_change()
        # sudo: they have no right to delete webhooks. The user was checked.
        self.sudo().unlink()

    @api.model
    def _prepare_choices(self, name, url, events):
        url = clean_line(url)
        return {
            "name": clean_line(name)[: self.NAME_LENGTH] or url[: self.NAME_LENGTH],
            "url": url,
            "event_ids": [Command.set(events.ids)],
        }
