from odoo import Command, api, models
from odoo.exceptions import AccessError

from ...tools.text import clean_line


class PsaApiSubscriptionSelfServiceMixin(models.AbstractModel):
    """What a client's own administrator does with the webhooks of the own client, in the portal.

    They have no right to write webhooks: each verb here says what they may choose.
    """

    _name = "psa.api.subscription.self.service.mixin"
    _description = "Self-service for webhooks"

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
