from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ...series import ALL_GROUP_USERS
from ...tools.text import clean_line, clean_text


class PsaApiKey(models.Model):
    """What people see of a key and do with it: its status, the reminder before it expires, notices, the portal."""

    _inherit = "psa.api.key"

    # How long before a key expires people are reminded of it.
    REMINDER = timedelta(days=14)

    status = fields.Selection(
        [
            ("missing", "No key yet"),
            ("live", "Live"),
            ("expiring", "Expiring"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ],
        compute="_compute_status",
    )
    reminded_at = fields.Datetime("Reminder sent at", readonly=True, copy=False)

    @api.depends("active", "expires_at", "key_prefix")
    def _compute_status(self):
        now = fields.Datetime.now()
        for key in self:
            key.status = key._get_status(now)

    def _get_status(self, now):
        if not self.active:
            return "revoked"
        if not self.key_prefix:
            return "missing"
        if not self.expires_at or self.expires_at > now + self.REMINDER:
            return "live"
        return "expiring" if self.expires_at > now else "expired"

    @api.model
    def _cron_remind(self):
        """Two weeks before a key expires, tell who keeps it here and the client's own administrators."""
        now = fields.Datetime.now()
        keys = self.search(
            [
                ("key_prefix", "!=", False),
                ("expires_at", ">", now),
                ("expires_at", "<=", now + self.REMINDER),
                ("reminded_at", "=", False),
            ]
        )
        keys.reminded_at = now
        for key in keys:
            if keeper := key._get_keeper():
                key.activity_schedule(
                    "psa_base.mail_activity_type_api_key",
                    date_deadline=fields.Date.to_date(key.expires_at),
                    user_id=keeper.id,
                )
            key._tell_expiring()

    def _forget_reminder(self):
        """Make the next reminder possible and take back the last one: the expiry has moved, or the key was revoked."""
        # sudo: the client's own administrators may move an expiry, and know nothing of the desk's activities.
        keys = self.sudo().filtered("reminded_at")
        keys.reminded_at = False
        keys.activity_unlink(["psa_base.mail_activity_type_api_key"])

    def _get_keeper(self):
        """The administrator who made the key, or else one who has access to the key's company."""
        administrators = self.env.ref("psa_base.group_admin")[ALL_GROUP_USERS].filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return (self.create_uid & administrators) or administrators.sorted("id")[:1]

    # --- Notices of what happens to a key: an entry in the audit trail, and a mail to the client's administrators. ---
    # The mail also goes to the person who did it, as a warning in case a stranger acts in that person's name.

    def _tell_made(self, is_first):
        """Tell that a key was made: the first one, or one that replaces another."""
        self.ensure_one()
        key = self._in_words_of_client()
        facts = {"person": self.env.user.name, "name": self.name, "prefix": self.key_prefix}
        if is_first:
            done = key.env._("%(person)s created the API key “%(name)s”, which begins with %(prefix)s.", **facts)
        elif self.previous_key_until:
            done = key.env._(
                "%(person)s replaced the API key “%(name)s”. The new one begins with %(prefix)s; the previous one "
                "(%(previous)s) works until %(until)s.",
                previous=self.previous_key_prefix,
                until=key._format_moment(self.previous_key_until),
                **facts,
            )
        else:
            done = key.env._(
                "%(person)s replaced the API key “%(name)s”. The new one begins with %(prefix)s; the previous one no "
                "longer works.",
                **facts,
            )
        scopes = ", ".join(key.scope_ids.mapped("name"))
        lines = [done, key.env._("Permissions: %s.", scopes), key._describe_expiry()]
        self._log_notice(done)
        key._send_notice(key.env._("New API key: %s", self.name), lines)

    def _tell_revoked(self):
        for record in self:
            key = record._in_words_of_client()
            done = key.env._(
                "%(person)s revoked the API key “%(name)s” (%(prefix)s). The program that used it has been shut out.",
                person=self.env.user.name,
                name=record.name,
                prefix=record.key_prefix,
            )
            record._log_notice(done)
            key._send_notice(key.env._("API key revoked: %s", record.name), [done])

    def _tell_expiring(self):
        for record in self:
            key = record._in_words_of_client()
            line = key.env._(
                "The API key “%(name)s” (%(prefix)s) expires on %(moment)s. Replace it before then, or the program "
                "that uses it will be shut out.",
                name=record.name,
                prefix=record.key_prefix,
                moment=key._format_moment(record.expires_at),
            )
            key._send_notice(key.env._("API key about to expire: %s", record.name), [line])

    def _in_words_of_client(self):
        # sudo: a notice lists all that a key is made of, also what the user who makes the key may not read.
        key = self.sudo()
        return key.with_context(lang=key.partner_id.lang or self.env.lang)

    def _describe_expiry(self):
        if not self.expires_at:
            return self.env._("It does not expire.")
        return self.env._("It expires on %s.", self._format_moment(self.expires_at))

    def _format_moment(self, moment):
        timezone = self.partner_id.tz or self.company_id.partner_id.tz or "UTC"
        return f"{format_datetime(self.env, moment, tz=timezone)} ({timezone})"

    def _log_notice(self, text):
        # sudo: only the system writes entries of the audit trail. The entry names the user who did it.
        self.env["psa.audit.entry"].sudo().with_user(self.env.user)._log(self, "api_key", text)

    def _send_notice(self, subject, lines):
        administrators = self.partner_id._get_client_administrators()
        if not administrators:
            return
        warning = self.env._("If you did not expect this, revoke the key at once and tell your service desk.")
        url = f"{self.get_base_url()}/my/api/{self.id}"
        body = Markup("<p>%s</p><p>%s</p><p><a href='%s'>%s</a></p>") % (
            Markup("<br/>").join(lines),
            warning,
            url,
            self.env._("View the key"),
        )
        # The system is the author, and not the person who did it.
        sender = self.env.ref("base.partner_root")
        self.env["mail.thread"].message_notify(
            subject=subject,
            body=body,
            partner_ids=administrators.partner_id.ids,
            author_id=sender.id,
            email_from=self.company_id.email_formatted or sender.email_formatted,
            notify_author=True,
        )

    # --- The portal: what a client's own administrator does with the keys of the own client. ---
    # These people have no right to write keys. Each method takes what they may choose, and checks it.

    # More than any client has programs, and few enough to look through.
    CLIENT_KEY_LIMIT = 20
    # A revoked key leaves its user behind, so the number of keys that are made has a limit as well.
    DAILY_KEY_LIMIT = 40
    NAME_LENGTH = 100
    # For how many days a key lives; None: it does not expire.
    LIFETIMES = {"quarter": 90, "year": 365, "two_years": 730, "none": None}

    @api.model
    def _create_for_own_client(self, name, scopes, lifetime, allowed_networks):
        """Create a key of the user's own client; `scopes` are records, `lifetime` is a key of LIFETIMES."""
        user = self.env.user
        if not user.has_group("psa_base.group_client_admin"):
            raise AccessError(self.env._("Ask your service desk to let you manage API access."))
        client, company = user.commercial_partner_id, user.company_id
        # sudo: they have no right to create keys. What they choose is checked; the rest is set here.
        keys = self.sudo().with_context(mail_create_nosubscribe=True)
        if keys.search_count([("partner_id", "=", client.id)]) >= self.CLIENT_KEY_LIMIT:
            raise UserError(
                self.env._("You have %s keys already. Revoke one that is not used any more.", self.CLIENT_KEY_LIMIT)
            )
        today = [("partner_id", "=", client.id), ("create_date", ">=", fields.Datetime.now() - timedelta(days=1))]
        if keys.with_context(active_test=False).search_count(today) >= self.DAILY_KEY_LIMIT:
            raise UserError(self.env._("You have made %s keys today. Make more tomorrow.", self.DAILY_KEY_LIMIT))
        team = company._get_api_team()
        if not team:
            raise UserError(self.env._("Your service desk has not opened this yet. Please ask them to."))
        name = clean_line(name)[: self.NAME_LENGTH]
        if not name or not scopes:
            raise UserError(self.env._("Say which program it is for, and choose what it may do."))
        return keys.create(
            {
                "name": name,
                "partner_id": client.id,
                "company_id": company.id,
                "team_id": team.id,
                "scope_ids": scopes.ids,
                "expires_at": self._get_expiry(lifetime),
                "allowed_networks": clean_text(allowed_networks),
            }
        ).with_env(self.env)

    def _replace_for_own_client(self, overlap, lifetime):
        """Replace the key by a new one; a `lifetime` of "keep" leaves the expiry as it is."""
        values = {} if lifetime == "keep" else {"expires_at": self._get_expiry(lifetime)}
        return self._rotate_key(self.OVERLAPS[overlap], **values)

    def _get_daily_use(self, days=7):
        """(day, number of requests) of each of the last days; today is the last."""
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
