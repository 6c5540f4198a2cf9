from odoo.exceptions import ValidationError
from odoo.tests import BaseCase, tagged

from ...tools.networks import BadNetwork, contains, parse_networks
from .common import ApiKeyCase


@tagged("post_install", "-at_install")
class TestNetworks(BaseCase):
    """Networks as people enter them."""

    def test_lists_are_read_however_they_are_separated(self):
        networks = parse_networks(" 203.0.113.7,10.0.0.0/8;\n2001:db8::/32 10.0.0.0/8 ")
        self.assertEqual(list(map(str, networks)), ["203.0.113.7/32", "10.0.0.0/8", "2001:db8::/32"])
        self.assertEqual(parse_networks(None), ())

    def test_address_is_in_its_network_only(self):
        networks = parse_networks("203.0.113.0/24 2001:db8::/32")
        for address, expected in (
            ("203.0.113.255", True),
            ("203.0.114.0", False),
            ("2001:db8:ffff::1", True),
            ("2001:db9::1", False),
            ("::ffff:203.0.113.9", True),
            ("::ffff:198.51.100.1", False),
            ("", False),
            ("unknown", False),
            ("203.0.113.1, 198.51.100.1", False),
            ("203.0.113.01", False),
        ):
            with self.subTest(address):
                self.assertEqual(contains(networks, address), expected)

    def test_nonsense_is_no_network(self):
        for text in ("office", "203.0.113", "203.0.113.0/33", "1.2.3.4/", "::g/64", "0x7f000001", "1.2.3.4-1.2.3.9"):
            with self.subTest(text), self.assertRaises(BadNetwork):
                parse_networks(text)


@tagged("post_install", "-at_install")
class TestApiKeyNetworks(ApiKeyCase):
    """The networks from which a key may be used."""

    def test_key_without_networks_works_from_anywhere(self):
        self.assertTrue(self.keys._get_access(self.bearer).admits("198.51.100.1"))

    def test_key_with_networks_works_from_there_only(self):
        self.key.allowed_networks = "203.0.113.0/24"
        access = self.keys._get_access(self.bearer)
        self.assertTrue(access.admits("203.0.113.9"))
        self.assertFalse(access.admits("198.51.100.1"))
        self.assertFalse(access.admits(None))

    def test_bad_network_is_refused_and_named(self):
        with self.assertRaisesRegex(ValidationError, "“?office"):
            self.key.allowed_networks = "203.0.113.0/24\noffice"

    def test_address_with_a_mask_is_asked_about(self):
        with self.assertRaisesRegex(ValidationError, "203.0.113.0/24"):
            self.key.allowed_networks = "203.0.113.9/24"
