"""Which addresses on the internet are everybody's, and where a host's name leads.

Whoever may choose an address that we call could otherwise have us call our own network.
"""

import socket
from ipaddress import IPv4Address, IPv6Network, ip_address

# Outside of it, IPv6 has no addresses that anybody on the internet could have.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# How networks without IPv4 write its addresses.
_NAT64 = IPv6Network("64:ff9b::/96")


class NotPublic(Exception):
    """A host has an address that is not everybody's."""


def is_public(address):
    """Whether an address (text or ipaddress) is one that anybody on the internet can have, however it is written."""
    address = _unwrap(ip_address(address))
    if address.version == 6 and (address not in _GLOBAL_UNICAST or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast


def read_literal(host):
    """The address that `host` writes out, in any of the forms that a system's resolver takes; None for a name."""
    try:
        return _unwrap(ip_address(_lookup(host, 0, socket.AI_NUMERICHOST)[0]))
    except (OSError, UnicodeError, ValueError):
        return None


def resolve_public(host, port):
    """The addresses of a host, as text. NotPublic when one of them is not public, OSError when there is none."""
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
