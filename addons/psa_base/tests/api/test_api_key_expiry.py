from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ApiKeyCase


@tagged("post_install", "-at_install")
class TestApiKeyExpiry(ApiKeyCase):
    """The reminder before a key expires."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.client_user.partner_id.email = "kim@harbourdental.example"

    def remind(self):
        self.keys._cron_remind()
        return self.key.activity_ids

    def test_reminder_comes_two_weeks_ahead_and_once(self):
        self.key.expires_at = self.now + timedelta(days=15)
        self.assertFalse(self.remind())
        self.key.expires_at = self.now + timedelta(days=13)
        reminder = self.remind()
        self.assertEqual(len(reminder), 1)
        self.assertEqual(reminder.date_deadline, self.key.expires_at.date())
        self.assertTrue(reminder.user_id.has_group("psa_base.group_admin"))
        self.assertEqual(self.remind(), reminder)

    def test_reminder_goes_to_who_made_the_key(self):
        key = self.keys.with_user(self.admin).create(
            {
                "name": "Second",
                "partner_id": self.client_company.id,
                "team_id": self.team.id,
                "scope_ids": self.key.scope_ids.ids,
                "expires_at": self.now + timedelta(days=3),
            }
        )
        key._rotate_key()
        self.keys._cron_remind()
        self.assertEqual(key.activity_ids.user_id, self.admin)

    def test_later_expiry_takes_the_reminder_back_and_brings_another(self):
        self.key.expires_at = self.now + timedelta(days=3)
        self.remind()
        self.key.expires_at = self.now + timedelta(days=365)
        self.assertFalse(self.key.activity_ids)
        self.key.expires_at = self.now + timedelta(days=5)
        self.assertEqual(len(self.remind()), 1)

    def test_revoked_key_reminds_nobody(self):
        self.key.expires_at = self.now + timedelta(days=3)
        self.remind()
        self.key.action_revoke()
        self.assertFalse(self.key.activity_ids)
        self.assertFalse(self.remind())

    def test_clients_administrator_is_reminded_by_mail(self):
        self.client_user.partner_id.with_user(self.operations).action_grant_api_access()
        self.key.expires_at = self.now + timedelta(days=3)
        self.remind()
        message = self.env["mail.message"].search([("notified_partner_ids", "in", self.client_user.partner_id.ids)])
        self.assertEqual(message.subject, "API key about to expire: Practice software")

    def test_status_says_how_a_key_stands(self):
        for expires_in, status in ((None, "live"), (20, "live"), (10, "expiring"), (-1, "expired")):
            with self.subTest(status=status, expires_in=expires_in):
                self.key.expires_at = expires_in and self.now + timedelta(days=expires_in)
                self.assertEqual(self.key.status, status)
        self.assertEqual(self.create_key(name="New").status, "missing")
        self.key.action_revoke()
        self.assertEqual(self.key.status, "revoked")
