"""Networks as people enter them: `203.0.113.0/24`, `2001:db8::/32`, or a single address."""

import ipaddress
import re

_SEPARATORS = re.compile(r"[\s,;]+")


class BadNetwork(ValueError):
    """`text` is not a network. If it is an address with a mask, `meant` is the network that the address is in."""

    def __init__(self, text, meant=None):
        super().__init__(text)
        self.text = text
        self.meant = meant


def parse_networks(text):
    """The networks in a text, in their order and without repeats."""
    return tuple(dict.fromkeys(_parse(part) for part in _SEPARATORS.split(text or "") if part))


def contains(networks, address):
    """Whether an address (text) is in one of the networks. An IPv4 address may be written as an IPv6 one."""
    try:
        address = ipaddress.ip_address(address)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)


def _parse(text):
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError:
        raise BadNetwork(text) from None
    if interface.ip != interface.network.network_address:
        # As text: a network object can be iterated, and Odoo 19.0 would list all of its addresses in the message.
        raise BadNetwork(text, str(interface.network))
    return interface.network
