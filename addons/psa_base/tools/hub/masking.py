"""Masks of a payload: fields that are removed, cut or replaced before the payload is stored."""

REMOVE, LAST_4, HASH = "remove", "last_4", "hash"


def mask(payload, rules, fingerprint):
    """A copy of `payload` (JSON data) with `rules` applied: pairs (steps of a path, how).

    `fingerprint` makes a short text of a value that does not lead back to it.
    """
    for steps, how in rules:
        payload = _mask_at(payload, steps, how, fingerprint)
    return payload


def find_needed(steps, needed_paths):
    """The first of `needed_paths` that masking the path of `steps` would take away; empty when there is none."""
    for path in needed_paths:
        needed = path.split(".")
        shared = min(len(needed), len(steps))
        if needed[:shared] == list(steps[:shared]):
            return path
    return ""


def _mask_at(data, steps, how, fingerprint):
    if isinstance(data, list):
        return [_mask_at(item, steps, how, fingerprint) for item in data]
    first, *rest = steps
    if not isinstance(data, dict) or first not in data:
        return data
    if rest:
        return {**data, first: _mask_at(data[first], rest, how, fingerprint)}
    if how == REMOVE:
        return {name: value for name, value in data.items() if name != first}
    return {**data, first: _mask_value(data[first], how, fingerprint)}


def _mask_value(value, how, fingerprint):
    if value is None:
        return None
    text = value if isinstance(value, str) else repr(value)
    if how == HASH:
        return fingerprint(text)
    # The last 4 characters of a short value would be most of it.
    return f"…{text[-4:]}" if len(text) > 8 else "…"
