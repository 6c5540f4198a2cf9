from datetime import timedelta
from http import HTTPStatus

from odoo import fields, models
from odoo.tools import plaintext2html

from ...series import ALL_GROUP_USERS


class PsaApiSubscription(models.Model):
    """Whether a client's system accepts messages. A webhook that fails for days is disabled until people mend it."""

    _name = "psa.api.subscription"
    _inherit = ["psa.hub.subject.mixin", "psa.api.subscription"]

    # A webhook that has failed for so long is disabled.
    FAILING_FOR = timedelta(days=5)

    failing_since = fields.Datetime(
        string="Failing since",
        readonly=True,
        copy=False,
        help="Nothing has been accepted since then. After five days of that, the webhook is disabled.",
    )
    disabled_at = fields.Datetime(string="Disabled on", readonly=True, copy=False)
    disabled_reason = fields.Char(string="Why it is disabled", readonly=True, copy=False, tracking=True)

    def _on_hub_sent(self, outbox):
        result = super()._on_hub_sent(outbox)
        subscription = self._as_system()
        if subscription.failing_since:
            subscription.failing_since = False
        return result

    def _on_hub_retry(self, outbox):
        result = super()._on_hub_retry(outbox)
        self._note_failure(outbox)
        return result

    def _on_hub_dead(self, outbox):
        result = super()._on_hub_dead(outbox)
        self._note_failure(outbox)
        return result

    def _note_failure(self, outbox):
        """Keep since when the webhook fails. Disable it if that was long ago, or if its address is given up."""
        subscription = self._as_system()
        # The client reads the reason.
        subscription = subscription.with_context(lang=subscription.partner_id.lang or self.env.lang)
        last = outbox.attempt_ids[:1]
        if not subscription.failing_since:
            subscription.failing_since = last.started_at
        # Standard Webhooks (https://www.standardwebhooks.com): 410 says that the receiver wants no more messages.
        if last.status_code == HTTPStatus.GONE:
            subscription._disable(subscription.env._("The address answers that it is no longer in use (410)."))
        elif subscription.failing_since <= fields.Datetime.now() - self.FAILING_FOR:
            subscription._disable(
                subscription.env._(
                    "Nothing has been accepted for %(days)s days. %(reason)s",
                    days=self.FAILING_FOR.days,
                    reason=last.detail,
                )
            )

    def _as_system(self):
        # sudo: the integration user, who delivers messages, may not see webhooks.
        return self.sudo()

    def _disable(self, reason):
        """Disable the webhook, and tell the client's administrators and its owner here."""
        disabled = self._take_state(
            ("active",), "disabled", disabled_at=fields.Datetime.now(), disabled_reason=reason[:500]
        )
        for subscription in disabled:
            subscription._tell_client_of_disabling()
            subscription.activity_schedule(
                "psa_base.mail_activity_type_subscription_disabled",
                summary=self.env._(
                    "%(name)s of %(client)s was disabled",
                    name=subscription.name,
                    client=subscription.partner_id.name,
                ),
                note=plaintext2html(reason),
                user_id=subscription.connection_id.owner_id.id,
            )

    def _tell_client_of_disabling(self):
        """Mail the client's own administrators, by the mail queue: the job that delivers waits for no mail server."""
        people = self.partner_id._get_client_administrators().partner_id
        if not people:
            return
        text = self.env._(
            "The webhook %(name)s was disabled.\n%(reason)s\n\nYour system receives nothing until you resume it: "
            "correct its address, then choose Resume under Webhooks in the portal. What was not delivered is kept "
            "there, to be sent again.",
            name=self.name,
            reason=self.disabled_reason,
        )
        # The system is the author, and not the user who is at work.
        sender = self.env.ref("base.partner_root")
        self.with_context(mail_notify_force_send=False).message_notify(
            partner_ids=people.ids,
            author_id=sender.id,
            email_from=self.company_id.email_formatted or sender.email_formatted,
            subject=self.env._("Webhook disabled: %s", self.name),
            body=plaintext2html(text),
            email_layout_xmlid="mail.mail_notification_layout",
        )

    def _get_owner(self):
        """Who looks after the webhook here: its creator, else the client's salesperson, else one of operations."""
        # sudo: who has which group is for administrators to see.
        people = self.env.ref("psa_base.group_operations").sudo()[ALL_GROUP_USERS]
        candidates = self.env.user | self.partner_id.user_id | people | self.env.ref("base.user_admin")
        return candidates.filtered(lambda user: not user.share and user.active)[:1]
