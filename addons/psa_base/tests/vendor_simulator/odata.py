"""The part of OData that Pulseway's lists take: $top, $skip, $filter and $orderby."""

import re

PAGE = 100

_CONDITION = re.compile(r"(\w+) (eq|ne|gt|ge|lt|le) ('(?:[^']|'')*'|[^ ]+)$")

_COMPARE = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}


class NotOdata(Exception):
    """The query is not one that the vendor takes."""


def select(rows, query):
    """The page that `query` asks for, and how many rows there are in all."""
    if condition := query.get("$filter"):
        rows = _filter(rows, condition)
    if order := query.get("$orderby"):
        rows = _sort(rows, order)
    skip, top = _read_number(query, "$skip", 0), _read_number(query, "$top", PAGE)
    return rows[skip : skip + min(top, PAGE)], len(rows)


def _filter(rows, text):
    for condition in text.split(" and "):
        match = _CONDITION.match(condition.strip())
        if not match:
            raise NotOdata(f"Unknown filter: {condition}")
        name, operator, literal = match.groups()
        value = literal[1:-1].replace("''", "'") if literal.startswith("'") else literal
        compare = _COMPARE[operator]
        rows = [row for row in rows if name in row and compare(str(row[name]), value)]
    return rows


def _sort(rows, text):
    name, _space, direction = text.strip().partition(" ")
    if direction not in ("", "asc", "desc"):
        raise NotOdata(f"Unknown order: {text}")
    return sorted(rows, key=lambda row: str(row.get(name, "")), reverse=direction == "desc")


def _read_number(query, name, default):
    value = query.get(name, str(default))
    if not value.isdigit():
        raise NotOdata(f"{name} must be a number")
    return int(value)
