import socket
from unittest.mock import patch

from odoo.tests import BaseCase, common, tagged

from ...exceptions import CallError, ErrorClass
from ...tools.calls.client import VendorClient
from ...tools.web_address import is_public, read_address, read_literal, read_system
from .loopback import Loopback

PUBLIC = ("8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")
INSIDE = (
    "0.0.0.0",  # noqa: S104 - never bound to
    "10.0.0.4",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.4",
    "64:ff9b::a00:4",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
)
# Notations that resolvers read as 127.0.0.1.
SPELLINGS = ("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "::ffff:127.0.0.1", "[::ffff:7f00:1]")


@tagged("post_install", "-at_install")
class TestWebAddress(BaseCase):
    """Which addresses clients may enter, and which are connected to in the end."""

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        """Let requests through that Odoo's tests would block. All names are made up, so nothing leaves the machine."""
        return common._super_send(session, request, **kwargs)

    def get(self, url, **options):
        with VendorClient(url, min_interval=0, timeout=(1, 1), **options) as client:
            return client.request("GET", "")

    def assert_refused(self, url, **options):
        with self.assertRaises(CallError) as caught:
            self.get(url, **options)
        self.assertEqual(caught.exception.error_class, ErrorClass.PERMANENT)
        self.assertIn("not public", str(caught.exception))

    def resolve_to(self, *addresses):
        """Resolve every name to these addresses, and every address to itself."""
        real = socket.getaddrinfo

        def getaddrinfo(host, port, *args, **kwargs):
            self.looked_up.append(host)
            if read_now(host):
                return real(host, port, *args, **kwargs)
            return [row for address in addresses for row in real(address, port, *args, **kwargs)]

        def read_now(host):
            with patch("socket.getaddrinfo", real):
                return read_literal(host)

        self.looked_up = []
        return patch("socket.getaddrinfo", getaddrinfo)

    def test_addresses_of_the_internet_are_public(self):
        for address in PUBLIC:
            self.assertTrue(is_public(address), address)

    def test_addresses_inside_are_not_public_however_they_are_written(self):
        for address in INSIDE:
            self.assertFalse(is_public(address), address)

    def test_spellings_of_an_address_are_read_as_the_resolver_reads_them(self):
        for spelling in SPELLINGS:
            self.assertEqual(str(read_literal(spelling)), "127.0.0.1", spelling)
        for name in ("example.com", "localhost.example.com", "10.example.com", "", "\ud800"):
            self.assertIsNone(read_literal(name), name)

    def test_hosts_that_are_inside_show_it(self):
        for host in ("localhost", "intranet", "10.0.0.4", "[::1]", "2130706433"):
            self.assertTrue(read_address(f"https://{host}/api").is_inside, host)
        for host in ("example.com", "8.8.8.8", "[2606:4700::1111]"):
            self.assertFalse(read_address(f"https://{host}/api").is_inside, host)

    def test_system_of_an_address_is_the_same_for_every_path(self):
        system = ("https", "api.example.com", 443)
        for url in ("https://api.example.com", "https://API.example.com:443/v3?a=b#c"):
            self.assertEqual(read_system(url), system, url)
        for url in ("http://api.example.com", "https://api.example.com:8443", "https://example.com"):
            self.assertNotEqual(read_system(url), system, url)
        for url in (None, "", "//api.example.com", "ftp://api.example.com", "https://", "https://[::1", "https://a:x/"):
            self.assertIsNone(read_system(url), url)

    def test_inside_nothing_is_connected_to(self):
        with Loopback(200) as inside:
            port = inside.url.rsplit(":", 1)[1]
            for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
                self.assert_refused(f"http://{host}:{port}")
        self.assertFalse(inside.calls)

    def test_name_that_leads_inside_is_not_connected_to(self):
        with Loopback(200) as inside, self.resolve_to("127.0.0.1"):
            self.assert_refused(f"http://harmless.example:{inside.url.rsplit(':', 1)[1]}")
        self.assertFalse(inside.calls)

    def test_name_that_leads_outside_and_inside_is_not_connected_to(self):
        with self.resolve_to("8.8.8.8", "127.0.0.1"):
            self.assert_refused("https://harmless.example")

    def test_name_is_looked_up_once_and_not_again_to_connect(self):
        """A name that resolves to another address the second time changes nothing."""
        connected = []

        def connect(address, *_args, **_options):
            connected.append(address)
            raise ConnectionRefusedError

        with (
            self.resolve_to("8.8.8.8"),
            patch("urllib3.util.connection.create_connection", connect),
            self.assertRaises(CallError) as caught,
        ):
            self.get("https://harmless.example")
        self.assertEqual(caught.exception.error_class, ErrorClass.TEMPORARY)
        self.assertEqual((connected, self.looked_up), ([("8.8.8.8", 443)], ["harmless.example"]))

    def test_redirect_inside_is_not_followed(self):
        with Loopback(302) as outside, self.assertRaises(CallError) as caught:
            self.get(outside.url, may_stay_inside=True)
        self.assertIn("not followed", str(caught.exception))

    def test_proxy_is_not_asked_for_addresses_inside(self):
        with Loopback(200) as proxy, patch.dict("os.environ", {"HTTP_PROXY": proxy.url, "NO_PROXY": ""}):
            self.assert_refused("http://10.0.0.4/")
        self.assertFalse(proxy.calls)

    def test_own_network_may_be_called_where_somebody_allowed_it(self):
        with Loopback(200) as inside:
            self.assertEqual(self.get(inside.url, may_stay_inside=True).status, 200)
