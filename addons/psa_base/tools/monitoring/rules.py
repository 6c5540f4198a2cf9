"""The rules for alerts as plain data, and what they say about an alert.

The engine, the tester and dry runs ask the same functions. There is no Odoo in here, and nothing changes after it is
made, so one set of rules serves all threads of a worker.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import NamedTuple

LEVELS = {"low": "0", "normal": "1", "elevated": "2", "critical": "3"}

DEVICE_CONDITION = "device_condition"
DEVICE = "device"
CLIENT_CONDITION = "client_condition"

# The beginning of a condition to which the sender gives a number.
INCIDENT = "incident:"
# The beginning of the key of episodes that group the alerts of a client.
CLIENT_KEY = "client "

TICKET, HOLD, IGNORE = "ticket", "hold", "ignore"

# The states of an alert that is not over.
ALIVE = ("open", "suppressed", "held", "ignored")


class Facts(NamedTuple):
    """What rules may ask about an alert, once its device and client are found."""

    connection_id: int
    adapter: str
    company_id: int
    partner_id: int
    device: str
    title: str
    message: str
    priority: str
    condition: str
    at: datetime
    asset_id: int = 0
    asset_name: str = ""
    os_info: str = ""


class Rule(NamedTuple):
    """A rule: its conditions, and what happens to alerts that meet them. An empty condition is met by every alert."""

    id: int = 0
    name: str = ""
    company_id: int = 0
    connection_ids: frozenset = frozenset()
    adapter: str = ""
    partner_ids: frozenset = frozenset()
    asset_patterns: tuple = ()
    os_patterns: tuple = ()
    title_patterns: tuple = ()
    message_patterns: tuple = ()
    priorities: frozenset = frozenset()
    working_time: object = None
    is_within_hours: bool = True

    outcome: str = TICKET
    hold_count: int = 0
    hold_minutes: int = 0
    levels: tuple = tuple(LEVELS.items())
    grouping: str = DEVICE_CONDITION
    reopen_hours: float = 24.0
    flap_count: int = 0
    flap_minutes: int = 0
    note_minutes: int = 60
    team_id: int = 0
    category_id: int = 0
    tag_ids: tuple = ()

    def get_objections(self, facts):
        """The names of the conditions that the alert does not meet; none if the rule is for the alert."""
        return [name for name, is_met in _CONDITIONS if not is_met(self, facts)]

    def get_level(self, priority):
        """The priority of the ticket for the sender's priority."""
        return dict(self.levels).get(priority, LEVELS[priority])


# The rule for alerts that no other rule is for: a ticket for each condition of a device.
DEFAULT = Rule()


class Pair(NamedTuple):
    """A pair of titles: an alert with the one ends alerts with the other."""

    id: int
    recovery_patterns: tuple
    ended_patterns: tuple
    adapter: str = ""


def choose(rules, facts):
    """The first rule that is for the alert, else the default one."""
    return next((rule for rule in rules if not rule.get_objections(facts)), DEFAULT)


def get_device(facts):
    """The asset of the alert, or the device by the sender's name for it while there is no asset.

    The asset comes first, so that a machine that is installed anew stays the same. Empty for what is not about one
    device: an incident has a number, and which devices it touches may come out later.
    """
    if not facts.device:
        return ""
    return f"asset {facts.asset_id}" if facts.asset_id else f"device {facts.device}"


def get_condition_key(facts):
    """The key of one condition of one device, whatever the rules say.

    The client is no part of it for devices and numbered incidents, which stay the same when the client changes.
    """
    is_known_by_itself = facts.device or facts.condition.startswith(INCIDENT)
    owner_id = 0 if is_known_by_itself else facts.partner_id
    return _digest(facts.connection_id, owner_id, get_device(facts), facts.condition)


def get_key(rule, facts):
    """The key that the alerts of one ticket have in common, by the rule's grouping."""
    device = get_device(facts)
    if rule.grouping == CLIENT_CONDITION:
        return CLIENT_KEY + _digest(facts.connection_id, facts.partner_id, facts.condition)
    if rule.grouping == DEVICE and device:
        return _digest(facts.connection_id, device)
    return get_condition_key(facts)


def get_ended_patterns(pairs, facts):
    """The titles of the alerts that this alert ends; empty if it is no recovery."""
    return tuple(
        pattern
        for pair in pairs
        if pair.adapter in ("", facts.adapter) and matches(pair.recovery_patterns, facts.title)
        for pattern in pair.ended_patterns
    )


def is_flapping(rule, opened_at_list, now):
    """Whether the condition came up so often of late that it will probably come back."""
    since = now - timedelta(minutes=rule.flap_minutes)
    return bool(rule.flap_count) and sum(at > since for at in opened_at_list) >= rule.flap_count


def normalise(text):
    return " ".join(text.casefold().split())


def split_patterns(text):
    """One pattern a line."""
    return tuple(filter(None, map(normalise, (text or "").splitlines())))


def matches(patterns, text):
    """Whether one of the patterns fits the text; case and spaces do not count.

    A pattern without a star may stand anywhere in the text. One with stars must cover the whole text, and each star
    stands for anything.
    """
    text = normalise(text)
    return any(_matches_one(pattern, text) for pattern in patterns)


def _matches_one(pattern, text):
    if "*" not in pattern:
        return pattern in text
    first, *middle, last = pattern.split("*")
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _is_met_by_hours(rule, facts):
    if rule.working_time is None:
        return True
    is_working = rule.working_time.between(facts.at, facts.at + timedelta(seconds=1)) > 0
    return is_working == rule.is_within_hours


def _is_met_by_text(name, patterns_name):
    """(name, function) of the condition that one of the patterns fits the text."""

    def is_met(rule, facts):
        patterns = getattr(rule, patterns_name)
        return not patterns or matches(patterns, getattr(facts, name))

    return patterns_name, is_met


_CONDITIONS = (
    ("company_id", lambda rule, facts: rule.company_id in (0, facts.company_id)),
    ("connection_ids", lambda rule, facts: not rule.connection_ids or facts.connection_id in rule.connection_ids),
    ("adapter", lambda rule, facts: rule.adapter in ("", facts.adapter)),
    ("partner_ids", lambda rule, facts: not rule.partner_ids or facts.partner_id in rule.partner_ids),
    _is_met_by_text("asset_name", "asset_patterns"),
    _is_met_by_text("os_info", "os_patterns"),
    _is_met_by_text("title", "title_patterns"),
    _is_met_by_text("message", "message_patterns"),
    ("priorities", lambda rule, facts: not rule.priorities or facts.priority in rule.priorities),
    ("hours", _is_met_by_hours),
)


def _digest(*parts):
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
