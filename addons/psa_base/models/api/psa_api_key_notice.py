from markupsafe import Markup

from odoo import models
from odoo.tools import format_datetime


class PsaApiKey(models.Model):
    """What becomes known of a key's life: an entry in the audit trail, and a mail to the client's administrators.

    The mail goes to whoever did it as well: a stranger in their name is what it warns of.
    """

    _inherit = "psa.api.key"

    def _tell_made(self, is_first):
        """A key was made: the first one, or one that replaces another."""
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
                until=key._say_moment(self.previous_key_until),
                **facts,
            )
        else:
            done = key.env._(
                "%(person)s replaced the API key “%(name)s”. The new one begins with %(prefix)s; the previous one no "
                "longer works.",
                **facts,
            )
        scopes = ", ".join(key.scope_ids.mapped("name"))
        lines = [done, key.env._("Permissions: %s.", scopes), key._say_expiry()]
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
                moment=key._say_moment(record.expires_at),
            )
            key._send_notice(key.env._("API key about to expire: %s", record.name), [line])

    def _in_words_of_client(self):
        # sudo: the notice tells what a key is made of, whoever made it; the user stays who it is.
        key = self.sudo()
        return key.with_context(lang=key.partner_id.lang or self.env.lang)

    def _say_expiry(self):
        if not self.expires_at:
            return self.env._("It does not expire.")
        return self.env._("It expires on %s.", self._say_moment(self.expires_at))

    def _say_moment(self, moment):
        timezone = self.partner_id.tz or self.company_id.partner_id.tz or "UTC"
        return f"{format_datetime(self.env, moment, tz=timezone)} ({timezone})"

    def _log_notice(self, text):
        # sudo: entries are written by the system only.
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
        # the system's mail, not a letter of whoever did it
        sender = self.env.ref("base.partner_root")
        self.env["mail.thread"].message_notify(
            subject=subject,
            body=body,
            partner_ids=administrators.partner_id.ids,
            author_id=sender.id,
            email_from=self.company_id.email_formatted or sender.email_formatted,
            notify_author=True,
        )
