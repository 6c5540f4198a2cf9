from datetime import timedelta

from odoo import api, fields, models

from ...series import ALL_GROUP_USERS


class PsaApiExpiryMixin(models.AbstractModel):
    """How a key stands, and the reminder before its time is over."""

    _name = "psa.api.expiry.mixin"
    _description = "Expiry of an API key"

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

    def write(self, vals):
        result = super().write(vals)
        if "expires_at" in vals or vals.get("active") is False:
            self._forget_reminder()
        return result

    def _get_status(self, now):
        if not self.active:
            return "revoked"
        if not self.key_prefix:
            return "missing"
        if not self.expires_at or self.expires_at > now + self.REMINDER:
            return "live"
        return "expiring" if self.expires_at > now else "expired"

    def _forget_reminder(self):
        """Its moment has moved, or it came to nothing."""
        # sudo: the client's own administrators may move an expiry, and know nothing of the desk's activities.
        keys = self.sudo().filtered("reminded_at")
        keys.reminded_at = False
        keys.activity_unlink(["psa_base.mail_activity_type_api_key"])

    @api.model
    def _cron_remind(self):
        """Two weeks ahead, tell who looks after the key here, and the client's own administrators."""
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

    def _get_keeper(self):
        """Who made it, else an administrator who may."""
        administrators = self.env.ref("psa_base.group_admin")[ALL_GROUP_USERS].filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return (self.create_uid & administrators) or administrators.sorted("id")[:1]
