"""Which SLA rules a ticket is under: of each layer and target, the most specific rule that matches.

Rules and the facts of tickets are plain data, so the rules of a whole batch are chosen without a query.
"""

from typing import NamedTuple

# The criteria of rules, the most specific first. Criteria of one line count the same. The company is not
# here: it must match, and makes a rule no more specific.
RANKS = (
    ("agreement",),
    ("client",),
    ("asset",),
    ("category", "tag", "filter"),
    ("priority",),
    ("team",),
)
# The criteria that OCA's rules have, too.
OWN_TO_OCA = frozenset({"company", "team", "category", "tag", "filter"})


class Rule(NamedTuple):
    """An SLA rule: `conditions` names, for each criterion that it asks for, the values that match."""

    sla_id: int
    layer: str
    target: str
    sequence: int
    has_time: bool
    calendar_id: int | None
    conditions: dict
    domain: list

    @property
    def key(self):
        return self.layer, self.target

    @property
    def precedence(self):
        """Sorts the rules of one layer and target, the one that wins first."""
        ranks = tuple(-sum(criterion in self.conditions for criterion in rank) for rank in RANKS)
        return ranks, self.sequence, self.sla_id

    @property
    def asks_for_more(self):
        return not OWN_TO_OCA.issuperset(self.conditions)

    def get_misses(self, facts):
        """The criteria in which a ticket with these facts is not what the rule asks for."""
        return [name for name, values in self.conditions.items() if values.isdisjoint(facts.get(name, ()))]

    def matches(self, facts):
        return self.has_time and not self.get_misses(facts)


def choose(rules, facts):
    """The winning rule of each (layer, target) that any rule matches; `rules` sorted by precedence."""
    chosen = {}
    for rule in rules:
        if rule.key not in chosen and rule.matches(facts):
            chosen[rule.key] = rule
    return chosen
