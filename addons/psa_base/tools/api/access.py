"""What the door of the REST API knows of a key."""

from dataclasses import dataclass
from datetime import datetime

from ..networks import contains


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """A live key as plain data. Most requests need nothing else of it, so they ask the database nothing about it."""

    key_id: int
    user_id: int
    partner_id: int
    company_id: int
    # Country code of the company: phone numbers that name no country are read as numbers of this one.
    region: str | None
    scopes: frozenset
    rate_per_minute: int
    # Of `ipaddress.ip_network`; empty: the key may come from anywhere.
    networks: tuple
    # Naive UTC; None: no end is set.
    ends_at: datetime | None

    def is_live_at(self, moment):
        return self.ends_at is None or moment < self.ends_at

    def admits(self, address):
        """Whether a request may come from this address (text), which Odoo's proxy mode has found out."""
        return not self.networks or contains(self.networks, address)
