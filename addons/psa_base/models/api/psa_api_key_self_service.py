from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.text import clean_line, clean_text


class PsaApiKey(models.Model):
    """What a client's own administrator does with the keys of the own client, in the portal.

    They have no right to write keys: each verb here says what they may choose.
    """

    _inherit = "psa.api.key"

    # more than any client has programs, and few enough to look through
    CLIENT_KEY_LIMIT = 20
    # each has a user of its own, who stays when the key is revoked
    DAILY_KEY_LIMIT = 40
    NAME_LENGTH = 100
    # days that a key lives; none: it does not expire
    LIFETIMES = {"quarter": 90, "year": 365, "two_years": 730, "none": None}

    @api.model
    def _create_for_own_client(self, name, scopes, lifetime, allowed_networks):
        """A key record of the user's own client; `scopes` are records, `lifetime` a key of LIFETIMES."""
        user = self.env.user
        if not user.has_group("psa_base.group_client_admin"):
            raise AccessError(self.env._("Ask your service desk to let you manage API access."))
        client, company = user.commercial_partner_id, user.company_id
        # sudo: they may not see all that a key is made of; what they choose is checked, the rest is not theirs.
        keys = self.sudo().with_context(mail_create_nosubscribe=True)
        if keys.search_count([("partner_id", "=", client.id)]) >= self.CLIENT_KEY_LIMIT:
            raise UserError(
                self.env._("You have %s keys already. Revoke one that is not used any more.", self.CLIENT_KEY_LIMIT)
            )
        today = [("partner_id", "=", client.id), ("create_date", ">=", fields.Datetime.now() - timedelta(days=1))]
        if keys.with_context(active_test=False).search_count(today) >= self.DAILY_KEY_LIMIT:
            raise UserError(self.env._("You have made %s keys today. Make more tomorrow.", self.DAILY_KEY_LIMIT))
        if not company._get_api_team():
            raise UserError(self.env._("Your service desk has not opened this yet. Please ask them to."))
        name = clean_line(name)[: self.NAME_LENGTH]
        if not name or not scopes:
            raise UserError(self.env._("Say which program it is for, and choose what it may do."))
        return keys.create(
            {
                "name": name,
                "partner_id": client.id,
                "company_id": company.id,
                "team_id": company._get_api_team().id,
                "scope_ids": scopes.ids,
                "expires_at": self._get_expiry(lifetime),
                "allowed_networks": clean_text(allowed_networks),
            }
        ).with_env(self.env)

    def _replace_for_own_client(self, overlap, lifetime):
        """A new key instead of the present one; a `lifetime` of "keep" leaves the expiry as it is."""
        values = {} if lifetime == "keep" else {"expires_at": self._get_expiry(lifetime)}
        return self._rotate_key(self.OVERLAPS[overlap], **values)

    def _get_daily_use(self, days=7):
        """(day, number of requests) of the last days, today the last."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        counts = {
            moment.date(): count
            for moment, count in self.env["psa.api.usage"]._read_group(
                [("key_id", "=", self.id), ("minute", ">=", fields.Datetime.now() - timedelta(days=days))],
                ["minute:day"],
                ["request_count:sum"],
            )
        }
        wanted = [today - timedelta(days=back) for back in reversed(range(days))]
        return [(day, counts.get(day, 0)) for day in wanted]

    @api.model
    def _get_expiry(self, lifetime):
        days = self.LIFETIMES[lifetime]
        return days and fields.Datetime.now() + timedelta(days=days)

    @api.model
    def _get_lifetimes(self):
        return [
            ("quarter", self.env._("90 days")),
            ("year", self.env._("One year")),
            ("two_years", self.env._("Two years")),
            ("none", self.env._("Never")),
        ]
