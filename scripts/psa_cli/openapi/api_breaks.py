"""What would break clients' programs when one OpenAPI document takes the place of another.

    find_breaks(released, present) -> ["POST /tickets, body.priority: no longer takes 'low'", ...]

What programs send must be taken as before, and what they read must be as they were told. Both are one question, asked
in opposite directions: does one schema allow all that the other allows? An input must allow what the old one allowed;
an answer may hold only what the old one allowed. Programs pass over fields that they do not know, so a new field in an
answer breaks nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
LOWER_BOUNDS = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
UPPER_BOUNDS = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
SHAPES = ("pattern", "format", "multipleOf", "uniqueItems")

Json = Mapping[str, Any]


def find_breaks(old: Json, new: Json) -> list[str]:
    """One sentence for each thing that `old` promised and `new` does not keep; empty when there is none."""
    return list(dict.fromkeys(_Documents(old, new).breaks()))


@dataclass(frozen=True)
class _Place:
    """Where in the documents, and which way data goes there."""

    name: str
    is_input: bool

    def __truediv__(self, part: str) -> "_Place":
        return _Place(f"{self.name}.{part}" if self.name else part, self.is_input)

    def no_longer(self, value: object) -> str:
        """A value that one document allows and the other does not."""
        return f"{self.name}: {'no longer takes' if self.is_input else 'may now be'} {value}"

    def changed(self, what: str, old: object, new: object) -> str:
        return f"{self.name}: {what} was {'not set' if old is None else old}, is {'not set' if new is None else new}"


class _Documents:
    def __init__(self, old: Json, new: Json) -> None:
        self.old = old
        self.new = new
        self._under_way: set[tuple[int, int]] = set()

    def breaks(self) -> Iterator[str]:
        for path, old_item in self.old.get("paths", {}).items():
            yield from self._path(path, old_item, self.new.get("paths", {}).get(path))
        for event, old_item in self.old.get("webhooks", {}).items():
            yield from self._webhook(event, old_item, self.new.get("webhooks", {}).get(event))

    # --- operations ---

    def _path(self, path: str, old_item: Json, new_item: Json | None) -> Iterator[str]:
        if new_item is None:
            yield f"{path}: this address is gone"
            return
        for method in METHODS:
            if old := old_item.get(method):
                name = f"{method.upper()} {path}"
                if new := new_item.get(method):
                    yield from self._operation(name, old, new)
                else:
                    yield f"{name}: this method is gone"

    def _webhook(self, event: str, old_item: Json, new_item: Json | None) -> Iterator[str]:
        """We send these: what is a request's body elsewhere is read by the client here."""
        if new_item is None:
            yield f"webhook {event}: it is sent no longer"
            return
        place = _Place(f"webhook {event}", is_input=False)
        yield from self._content(place, old_item["post"].get("requestBody"), new_item["post"].get("requestBody"))

    def _operation(self, name: str, old: Json, new: Json) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            # generated clients name their functions by it
            yield f"{name}: the operation was {old.get('operationId')}, is {new.get('operationId')}"
        if new.get("security", old.get("security")) != old.get("security"):
            yield f"{name}: it needs another key or scope"
        yield from self._parameters(name, old, new)
        yield from self._body(name, old.get("requestBody"), new.get("requestBody"))
        yield from self._answers(name, old.get("responses", {}), new.get("responses", {}))

    def _parameters(self, name: str, old: Json, new: Json) -> Iterator[str]:
        before, after = self._by_name(self.old, old), self._by_name(self.new, new)
        for key, parameter in before.items():
            place = _Place(f"{name}, {' '.join(key)}", is_input=True)
            if key not in after:
                yield f"{place.name}: this parameter is gone"
                continue
            if after[key].get("required") and not parameter.get("required"):
                yield f"{place.name}: it is needed now"
            yield from self._schema(place, parameter.get("schema", {}), after[key].get("schema", {}))
        for key in after.keys() - before.keys():
            if after[key].get("required"):
                yield f"{name}, {' '.join(key)}: it is new, and needed"

    def _by_name(self, document: Json, operation: Json) -> dict[tuple[str, str], Json]:
        parameters = (_resolve(document, parameter) for parameter in operation.get("parameters", ()))
        return {(parameter["in"], parameter["name"]): parameter for parameter in parameters}

    def _body(self, name: str, old: Json | None, new: Json | None) -> Iterator[str]:
        place = _Place(f"{name}, body", is_input=True)
        if old is None:
            if new is not None and new.get("required"):
                yield f"{place.name}: it is new, and needed"
            return
        if new is None:
            yield f"{place.name}: it is taken no longer"
            return
        if new.get("required") and not old.get("required"):
            yield f"{place.name}: it is needed now"
        yield from self._content(place, old, new)

    def _answers(self, name: str, old: Json, new: Json) -> Iterator[str]:
        for status, answer in old.items():
            if status not in new:
                yield f"{name}: the answer {status} is gone"
                continue
            place = _Place(f"{name}, answer {status}", is_input=False)
            before = _resolve(self.old, answer)
            after = _resolve(self.new, new[status])
            for header in before.get("headers", {}).keys() - after.get("headers", {}).keys():
                yield f"{place.name}: the header {header} is gone"
            yield from self._content(place, before, after)

    def _content(self, place: _Place, old: Json | None, new: Json | None) -> Iterator[str]:
        before, after = (old or {}).get("content", {}), (new or {}).get("content", {})
        for media_type, old_media in before.items():
            if media_type not in after:
                yield f"{place.name}: {media_type} is gone"
                continue
            yield from self._schema(place, old_media.get("schema", {}), after[media_type].get("schema", {}))

    # --- schemas ---

    def _schema(self, place: _Place, old: Json, new: Json) -> Iterator[str]:
        """Does the side that takes allow all that the side that gives may hold?"""
        old, new = _resolve(self.old, old), _resolve(self.new, new)
        pair = (id(old), id(new))
        if pair in self._under_way:  # a schema that holds itself
            return
        self._under_way.add(pair)
        yield from self._forms(place, old, new)
        self._under_way.remove(pair)

    def _forms(self, place: _Place, old: Json, new: Json) -> Iterator[str]:
        old_forms, new_forms = _alternatives(self.old, old), _alternatives(self.new, new)
        given, taken = (old_forms, new_forms) if place.is_input else (new_forms, old_forms)
        for form in given:
            candidates = [other for other in taken if _may_take(other, form)]
            if not candidates:
                yield place.no_longer(form.get("type", "anything"))
                continue
            found = [list(self._form(place, *((form, c) if place.is_input else (c, form)))) for c in candidates]
            yield from min(found, key=len)

    def _form(self, place: _Place, old: Json, new: Json) -> Iterator[str]:
        """Two schemas of the same type, without alternatives."""
        given, taken = (old, new) if place.is_input else (new, old)
        yield from self._values(place, given, taken)
        for bound in LOWER_BOUNDS:
            if taken.get(bound, -inf) > given.get(bound, -inf):
                yield place.changed(bound, old.get(bound), new.get(bound))
        for bound in UPPER_BOUNDS:
            if taken.get(bound, inf) < given.get(bound, inf):
                yield place.changed(bound, old.get(bound), new.get(bound))
        for shape in SHAPES:
            if shape in taken and taken[shape] != given.get(shape):
                yield place.changed(shape, old.get(shape), new.get(shape))
        if "items" in old or "items" in new:
            yield from self._schema(place / "[]", old.get("items", {}), new.get("items", {}))
        yield from self._fields(place, old, new)

    def _values(self, place: _Place, given: Json, taken: Json) -> Iterator[str]:
        allowed, possible = _listed(taken), _listed(given)
        if allowed is None:
            return
        if possible is None:
            yield place.no_longer("anything")
            return
        for value in possible:
            if value not in allowed:
                yield place.no_longer(repr(value))

    def _fields(self, place: _Place, old: Json, new: Json) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in after:
                yield f"{(place / name).name}: this field is gone"
            else:
                yield from self._schema(place / name, before[name], after[name])
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        if place.is_input:
            for name in sorted(needed_after - needed_before):
                yield f"{(place / name).name}: it is needed now"
        else:
            for name in sorted((needed_before - needed_after) & after.keys()):
                yield f"{(place / name).name}: it may be missing now"


def _resolve(document: Json, node: Json) -> Json:
    """The node that a reference leads to."""
    while "$ref" in node:
        parts = node["$ref"].removeprefix("#/").split("/")
        node = document
        for part in parts:
            node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def _alternatives(document: Json, schema: Json) -> list[Json]:
    """The schema as a list of forms with one type each."""
    if len(schema.get("allOf", ())) == 1:
        return _alternatives(document, _resolve(document, schema["allOf"][0]))
    for choice in ("anyOf", "oneOf"):
        if choice in schema and "properties" not in schema:
            return [form for option in schema[choice] for form in _alternatives(document, _resolve(document, option))]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": name} for name in schema["type"]]
    return [schema]


def _may_take(taken: Json, given: Json) -> bool:
    """By their types; every integer is a number, and a schema without a type takes any."""
    kind, other = taken.get("type"), given.get("type")
    return kind in (None, other) or (kind, other) == ("number", "integer")


def _listed(schema: Json) -> list[Any] | None:
    """The only values that it allows, if it names them."""
    return [schema["const"]] if "const" in schema else schema.get("enum")
