from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..common import PsaCase, SameCursorMixin, new_test_user
from .common import SubscriptionMixin


@tagged("post_install", "-at_install")
class TestApiSubscription(SameCursorMixin, SubscriptionMixin, PsaCase):
    """Who may set up webhooks, and which addresses these may have."""

    def test_webhook_has_a_connection_of_its_own_that_waits_for_its_secret(self):
        fresh = self.create_subscription(name="Fresh")
        connection = fresh.sudo().connection_id
        self.assertNotEqual(connection, self.subscription.sudo().connection_id)
        self.assertRecordValues(
            connection,
            [
                {
                    "name": "Harbour Dental: Fresh",
                    "adapter": "webhook",
                    "base_url": fresh.url,
                    "active": False,
                    "may_use_http": False,
                    "is_patient": True,
                    "secret_created_at": False,
                }
            ],
        )
        self.assertEqual(fresh.state, "paused")
        with self.assertRaisesRegex(UserError, "secret first"):
            fresh.action_resume()
        secret = fresh._make_secret()
        self.assertRegex(secret, "^whsec_")
        self.assertEqual((fresh.state, connection.active), ("active", True))

    def test_new_secret_keeps_the_one_before_until_it_is_revoked(self):
        mine = self.subscription.with_user(self.client_admin)
        secret = mine._make_secret()
        connection = self.subscription.sudo().connection_id
        self.assertEqual(connection._get_live_secrets(), [secret, self.secret])
        mine.action_revoke_previous_secret()
        self.assertEqual(connection._get_live_secrets(), [secret])

    def test_other_address_is_the_connections_too(self):
        self.subscription.write({"url": "https://elsewhere.example/psa?x=1", "name": "Other"})
        self.assertRecordValues(
            self.subscription.sudo().connection_id,
            [{"base_url": "https://elsewhere.example/psa?x=1", "name": "Harbour Dental: Other"}],
        )
        self.assertTrue(self.subscription.sudo().connection_id._get_live_secrets())

    def test_address_inside_is_no_leave_for_another_one(self):
        connection = self.subscription.sudo().connection_id
        connection.may_use_http = True
        self.subscription.with_user(self.admin).url = "http://10.0.0.4/psa"
        mine, events = self.subscription.with_user(self.client_admin), self.subscription.event_ids
        mine._change_for_own_client("Other words", "http://10.0.0.4/other", events)
        self.assertTrue(connection.may_use_http)
        for url in ("http://10.0.0.4:8069/psa", "http://10.0.0.5/psa", "https://10.0.0.4/psa", "https://[::1"):
            with self.subTest(url), self.assertRaises(ValidationError), self.env.cr.savepoint():
                mine._change_for_own_client("Other", url, events)
        mine._change_for_own_client("Other", "https://hooks.harbourdental.example/psa", events)
        self.assertRecordValues(
            connection, [{"may_use_http": False, "base_url": "https://hooks.harbourdental.example/psa"}]
        )

    def test_addresses_that_are_refused_say_why(self):
        table = {
            "http://hooks.example.com/": "https://",
            "ftp://hooks.example.com/": "https://",
            "javascript:alert(1)": "https://",
            "https://": "https://",
            "https://[::1": "https://",
            "https://hooks.example.com/a b": "https://",
            "https://hooks.example.com/\u0085": "https://",
            "https://hooks.example.com:99999/": "https://",
            f"https://hooks.example.com/{'x' * 2000}": "https://",
            "https://user:pass@hooks.example.com/": "must not hold a login",
            "https://hooks.example.com/#part": "after #",
            "https://localhost/": "not on the internet",
            "https://intranet/": "not on the internet",
            "https://10.0.0.4/": "not on the internet",
            "https://127.1/": "not on the internet",
            "https://2130706433/": "not on the internet",
            "https://0x7f.0.0.1/": "not on the internet",
            "https://169.254.169.254/latest/meta-data": "not on the internet",
            "https://[::1]/": "not on the internet",
            "https://[::ffff:10.0.0.4]/": "not on the internet",
            "https://[fd00::4]/": "not on the internet",
        }
        for url, words in table.items():
            with self.assertRaises(ValidationError, msg=url) as caught, self.env.cr.savepoint():
                self.subscription.url = url
            self.assertIn(words, str(caught.exception))

    def test_addresses_on_the_internet_are_taken(self):
        for url in ("https://8.8.8.8/hook", "https://[2606:4700::1111]:8443/", "https://praxis-grün.example/hook?a=b"):
            self.subscription.url = url

    def test_webhook_belongs_to_a_company_and_stays_with_it(self):
        with self.assertRaisesRegex(ValidationError, "client company"), self.env.cr.savepoint():
            self.create_subscription(partner_id=self.contact.id)
        with self.assertRaisesRegex(ValidationError, "stays with its client"):
            self.subscription.partner_id = self.other_company
        with self.assertRaises(AccessError):
            self.subscription.connection_id = self.env["psa.hub.connection"].create(
                {"name": "Other", "adapter": "webhook"}
            )

    def test_webhook_needs_an_event(self):
        with self.assertRaisesRegex(ValidationError, "event"), self.env.cr.savepoint():
            self.subscription.event_ids = [Command.clear()]

    def test_client_has_so_many_webhooks_and_no_more(self):
        with self.assertRaisesRegex(ValidationError, "more are not allowed"), self.env.cr.savepoint():
            for number in range(self.subscription.MAX_OF_CLIENT):
                self.create_subscription(name=f"Copy {number}")

    def test_deleted_webhook_gives_up_what_was_not_sent(self):
        self.create_ticket()
        message, connection = self.get_told(), self.subscription.sudo().connection_id
        self.subscription.unlink()
        self.assertRecordValues(message, [{"state": "cancelled", "acted_by_id": self.admin.id}])
        self.assertFalse(connection.active)
        self.create_ticket()
        self.env.cr.flush()
        self.assertFalse(self.env["psa.hub.outbox"].search([("connection_id", "=", connection.id)]) - message)

    def test_clients_administrator_looks_after_the_own_ones_alone(self):
        mine = self.subscription.with_user(self.client_admin)
        mine.action_pause()
        mine.action_resume()
        mine.action_test()
        self.assertEqual(mine._get_deliveries(5).payload["type"], "ping")
        other = self.create_subscription(partner_id=self.other_company.id).with_user(self.client_admin)
        for method in ("action_pause", "action_resume", "action_test", "action_replay_failed", "action_new_secret"):
            with self.assertRaises(AccessError):
                getattr(other, method)()
        with self.assertRaises(AccessError):
            other._get_deliveries(5)
        self.assertEqual(mine.search([]), mine)

    def test_clients_administrator_changes_nothing_directly(self):
        mine = self.subscription.with_user(self.client_admin)
        for change in ({"url": "https://evil.example"}, {"connection_id": 1}, {"state": "active"}):
            with self.assertRaises(AccessError):
                mine.write(change)
        with self.assertRaises(AccessError):
            mine.copy()
        with self.assertRaises(AccessError):
            mine.unlink()

    def test_ordinary_client_sees_no_webhook(self):
        theirs = self.subscription.with_user(self.client_user)
        for method in ("action_pause", "action_test", "action_new_secret"):
            with self.assertRaises(AccessError):
                getattr(theirs, method)()

    def test_operations_stop_and_start_but_change_nothing(self):
        seen = self.subscription.with_user(self.operations)
        seen.action_pause()
        seen.action_resume()
        seen.action_test()
        for change in (lambda: seen.action_new_secret(), lambda: seen.action_revoke_previous_secret()):
            with self.assertRaises(AccessError):
                change()
        with self.assertRaises(AccessError):
            seen.url = "https://evil.example"

    def test_former_administrator_of_the_client_may_nothing_more(self):
        former = new_test_user(self.env, login="former", groups="psa_base.group_client_admin")
        former.partner_id.parent_id = self.other_company
        with self.assertRaises(AccessError):
            self.subscription.with_user(former).action_pause()
