from datetime import timedelta
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ApiKeyCase


@tagged("post_install", "-at_install")
class TestApiKeyRotation(ApiKeyCase):
    """A new key replaces another one, and both work for a while."""

    def test_old_key_works_until_its_overlap_is_over(self):
        new = self.key._rotate_key(timedelta(hours=1))
        self.assertTrue(self.is_live(self.bearer, timedelta(minutes=59)))
        self.assertFalse(self.is_live(self.bearer, timedelta(minutes=61)))
        self.assertTrue(self.is_live(new, timedelta(minutes=61)))

    def test_without_overlap_the_old_key_is_void_at_once(self):
        self.key._rotate_key()
        self.assertFalse(self.is_live(self.bearer))
        self.assertFalse(self.key.previous_key_prefix)

    def test_third_key_ends_the_first(self):
        second = self.key._rotate_key(timedelta(days=1))
        third = self.key._rotate_key(timedelta(days=1))
        self.assertEqual([self.is_live(bearer) for bearer in (self.bearer, second, third)], [False, True, True])

    def test_later_expiry_is_the_new_keys_alone(self):
        now = fields.Datetime.now()
        self.key.expires_at = now + timedelta(minutes=10)
        new = self.key._rotate_key(timedelta(days=1), expires_at=now + timedelta(days=365))
        self.assertFalse(self.is_live(self.bearer, timedelta(minutes=11)))
        self.assertTrue(self.is_live(new, timedelta(days=300)))

    def test_expired_key_does_not_come_back_beside_the_new_one(self):
        now = fields.Datetime.now()
        self.key.expires_at = now - timedelta(minutes=1)
        self.key._rotate_key(timedelta(days=1), expires_at=now + timedelta(days=365))
        self.assertFalse(self.is_live(self.bearer))

    def test_new_key_that_would_have_expired_is_refused(self):
        self.key.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        with self.assertRaisesRegex(UserError, "expired already"):
            self.key._rotate_key()

    def test_previous_key_ends_when_somebody_says_so(self):
        new = self.key._rotate_key(timedelta(days=1))
        self.key.with_user(self.admin).action_revoke_previous_key()
        self.assertEqual([self.is_live(bearer) for bearer in (self.bearer, new)], [False, True])

    def test_revoking_ends_both_keys(self):
        new = self.key._rotate_key(timedelta(days=1))
        self.key.with_user(self.admin).action_revoke()
        self.assertEqual([self.is_live(bearer) for bearer in (self.bearer, new)], [False, False])
        with self.assertRaisesRegex(UserError, "was revoked"):
            self.key._rotate_key()

    def test_administrator_replaces_a_key_by_the_dialog(self):
        expires_at = fields.Datetime.now() + timedelta(days=90)
        action = self.key.with_user(self.admin).action_new_key()
        dialog = (
            self.env[action["res_model"]]
            .with_user(self.admin)
            .with_context(**action["context"])
            .create({"overlap": "week", "expires_at": expires_at})
        )
        new = dialog.action_rotate()["context"]["default_secret"]
        self.assertEqual(self.keys._get_access(new).key_id, self.key.id)
        self.assertEqual(self.key.expires_at, expires_at)
        self.assertTrue(self.is_live(self.bearer, timedelta(days=6)))
        self.assertFalse(self.is_live(self.bearer, timedelta(days=8)))

    def test_forgotten_fingerprint_of_a_replaced_key_is_removed(self):
        self.key._rotate_key(timedelta(hours=1))
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            self.keys._gc_previous_keys()
        self.assertFalse(self.key.previous_key_hash)

    def test_previous_key_is_told_of_only_while_it_works(self):
        self.assertFalse(self.key.has_previous_key)
        self.key._rotate_key(timedelta(hours=1))
        self.assertTrue(self.key.has_previous_key)
        # The autovacuum has not deleted its fingerprint yet.
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            self.key.invalidate_recordset()
            self.assertFalse(self.key.has_previous_key)
            self.assertTrue(self.key.previous_key_prefix)

    def test_previous_key_ends_with_the_key_itself(self):
        self.key._rotate_key(timedelta(days=1))
        self.key.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self.assertFalse(self.key.has_previous_key)
        self.key.write({"expires_at": False, "active": False})
        self.assertFalse(self.key.has_previous_key)

    def test_two_keys_are_never_the_same(self):
        other = self.create_key(name="Other")
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            other.key_hash = self.key.key_hash
            other.flush_recordset()
        with self.assertRaisesRegex(ValidationError, "cannot be the same"):
            other.previous_key_hash = self.key.key_hash

    def test_people_without_the_right_replace_no_key(self):
        for user in (self.support, self.operations, self.accounts, self.client_user, self.key.user_id):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.key.with_user(user)._rotate_key()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.key.with_user(user).action_revoke()


@tagged("post_install", "-at_install")
class TestApiAccess(ApiKeyCase):
    """The ApiAccess of a key, and the changes that end it."""

    def assert_ended(self):
        self.assertFalse(self.is_live(self.bearer))

    def test_access_is_what_the_key_is_made_of(self):
        self.key.allowed_networks = "203.0.113.0/24\n2001:db8::/32"
        access = self.keys._get_access(self.bearer)
        self.assertEqual(
            (access.key_id, access.user_id, access.partner_id, access.company_id, access.scopes),
            (
                self.key.id,
                self.key.user_id.id,
                self.client_company.id,
                self.key.company_id.id,
                frozenset({"tickets:read"}),
            ),
        )
        self.assertEqual(list(map(str, access.networks)), ["203.0.113.0/24", "2001:db8::/32"])

    def test_known_key_costs_no_query(self):
        self.keys._get_access(self.bearer)
        with self.assertQueryCount(0):
            self.keys._get_access(self.bearer)
            self.keys._get_access("psa_wrong")

    def test_wrong_key_leaves_the_cache_as_it_is(self):
        before = self.keys._get_accesses()
        self.keys._get_access("psa_wrong")
        self.assertIs(self.keys._get_accesses(), before)

    def test_change_of_a_key_holds_at_once(self):
        self.keys._get_access(self.bearer)
        self.key.write({"rate_per_minute": 7, "scope_ids": [Command.clear()]})
        access = self.keys._get_access(self.bearer)
        self.assertEqual((access.rate_per_minute, access.scopes), (7, frozenset()))

    def test_note_on_a_key_leaves_the_cache_as_it_is(self):
        before = self.keys._get_accesses()
        self.key.name = "Bridge"
        self.assertIs(self.keys._get_accesses(), before)

    def test_archived_key_is_void(self):
        self.keys._get_access(self.bearer)
        self.key.active = False
        self.assert_ended()

    def test_key_of_an_archived_user_is_void(self):
        self.keys._get_access(self.bearer)
        self.key.user_id.active = False
        self.assert_ended()

    def test_key_of_an_archived_client_is_void(self):
        self.keys._get_access(self.bearer)
        self.client_user.active = False
        self.client_company.active = False
        self.assert_ended()

    def test_key_of_a_client_that_joined_another_is_void(self):
        self.keys._get_access(self.bearer)
        self.client_company.parent_id = self.other_company
        self.client_company.is_company = False
        self.assert_ended()

    def test_removed_key_is_void(self):
        self.keys._get_access(self.bearer)
        self.key.unlink()
        self.assert_ended()

    def test_region_is_the_companys(self):
        self.keys._get_access(self.bearer)
        self.key.company_id.partner_id.country_id = self.env.ref("base.nz")
        self.assertEqual(self.keys._get_access(self.bearer).region, "NZ")

    def test_caches_are_cleared_again_after_the_commit(self):
        with patch.object(type(self.env.registry), "clear_cache") as clear:
            self.key.rate_per_minute = 9
            clear.reset_mock()
            self.cr.postcommit.run()
        clear.assert_called()
