"""Networks that people write down: `203.0.113.0/24`, `2001:db8::/32`, or one address."""

import ipaddress
import re

_SEPARATORS = re.compile(r"[\s,;]+")


class BadNetwork(ValueError):
    """`text` is no network; `meant` is the one it lies in, where it names an address with a mask."""

    def __init__(self, text, meant=None):
        super().__init__(text)
        self.text = text
        self.meant = meant


def parse_networks(text):
    """The networks in a text, in its order and each once."""
    return tuple(dict.fromkeys(_parse(part) for part in _SEPARATORS.split(text or "") if part))


def contains(networks, address):
    """Whether one of the networks has this address (text). An IPv4 address may come in IPv6's clothes."""
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
        # as text: a network is also all of its addresses, and 19.0 would list them in the message
        raise BadNetwork(text, str(interface.network))
    return interface.network
