from datetime import timedelta
from http import HTTPStatus

from odoo import fields, models
from odoo.tools import plaintext2html

from ...series import ALL_GROUP_USERS


class PsaApiSubscription(models.Model):
    """Whether a client's system takes what it is told. One that has not for days is left alone until people mend it."""

    _name = "psa.api.subscription"
    _inherit = ["psa.hub.subject.mixin", "psa.api.subscription"]

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
        # sudo: the integration user hears of the result, and sees no webhooks.
        subscription = self.sudo()
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
        # sudo: as above; what is said of it, its client reads.
        subscription = self.sudo()
        subscription = subscription.with_context(lang=subscription.partner_id.lang or self.env.lang)
        last = outbox.attempt_ids[:1]
        if not subscription.failing_since:
            subscription.failing_since = last.started_at
        # the receiver says that there is nobody any more (https://www.standardwebhooks.com)
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

    def _disable(self, reason):
        """Leave it alone, and tell those who can mend it."""
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
        """By the mail queue: the sender of messages waits for no mail server."""
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
        # the system's mail, and no letter of whoever is at work
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
        """Who looks after it here: who makes it, if that is a colleague; else the client's own, or somebody who may."""
        # sudo: who has which group is for administrators to see.
        people = self.env.ref("psa_base.group_operations").sudo()[ALL_GROUP_USERS]
        candidates = self.env.user | self.partner_id.user_id | people | self.env.ref("base.user_admin")
        return candidates.filtered(lambda user: not user.share and user.active)[:1]
