"""JSON exactly as RFC 8259 defines it, for bodies from outside."""

import json

MAX_DEPTH = 32


def loads_object(raw):
    """The JSON object in `raw` (bytes). ValueError for anything else.

    Python's own reader also accepts NaN, duplicate names, UTF-16 and any depth.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_refuse_duplicates,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    _check_depth(value)
    return value


def _refuse_duplicates(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name occurs twice")
    return value


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def _check_depth(value):
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
