"""What a web address leads to: a system on the internet, or one in the own network.

Whoever may choose an address that this server calls could otherwise make it call its own network.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

# Public IPv6 addresses are all in this network.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# How networks without IPv4 write IPv4 addresses.
_NAT64 = IPv6Network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


class NotPublic(Exception):
    """A host has an address that is not public."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address that begins with http:// or https://, read apart. What its host's name resolves to is not asked."""

    scheme: str
    host: str
    port: int
    has_login: bool
    has_fragment: bool
    # The IP address, where the host is written as one in any form; None for a name.
    literal: IPv4Address | IPv6Address | None

    @property
    def is_inside(self):
        """Whether the host alone shows that it is in the own network: no public IP address, or a name without a dot."""
        return not is_public(self.literal) if self.literal else "." not in self.host.strip(".")

    @property
    def is_unusable(self):
        """Whether no other system can have this address, not even in the own network."""
        literal = self.literal
        return bool(literal and (literal.is_link_local or literal.is_multicast or literal.is_unspecified))


def read_address(url):
    """The WebAddress of a text; None when it is not the address of anything on the web."""
    try:
        parts = urlsplit(url or "")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in _PORTS:
        return None
    return WebAddress(
        scheme=parts.scheme,
        host=host,
        port=port or _PORTS[parts.scheme],
        has_login=bool(parts.username or parts.password),
        has_fragment=bool(parts.fragment),
        literal=read_literal(host),
    )


def read_system(url):
    """(scheme, host, port) that a web address leads to, whatever its path; None for any other text."""
    address = read_address(url)
    return address and (address.scheme, address.host, address.port)


def is_public(address):
    """Whether an IP address (text or ipaddress), in whichever form it is written, is a public one."""
    address = _unwrap(ip_address(address))
    if address.version == 6 and (address not in _GLOBAL_UNICAST or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast


def read_literal(host):
    """The IP address that `host` writes out, in any of the forms that a system's resolver takes; None for a name."""
    try:
        return _unwrap(ip_address(_lookup(host, 0, socket.AI_NUMERICHOST)[0]))
    except (OSError, UnicodeError, ValueError):
        return None


def resolve_public(host, port):
    """The IP addresses of a host, as text. NotPublic when one of them is not public, OSError when there is none."""
    addresses = _lookup(host, port)
    if not all(map(is_public, addresses)):
        raise NotPublic(host)
    return addresses


def _lookup(host, port, flags=0):
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(sockaddr[0] for *_kind, sockaddr in found))


def _unwrap(address):
    """The IPv4 address inside of an IPv6 one, if there is one."""
    if address.version == 6 and address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return getattr(address, "ipv4_mapped", None) or address
