"""The house in rooms: each floor of an addon has the rooms of its models, and a room is small enough to know."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from .naming import ModelClass, defined_models
from .tree import Finding, Tree

# The floors that have rooms as folders. data/ and security/ have a file a room instead.
FLOORS = ("models", "views", "services", "tools", "controllers", "tests", "static/src")
# Folders of a floor that are no room, with the reason.
NO_ROOMS = {
    ("tests", "payloads"): "messages as vendors send them, which the tests of every room read",
    ("tests", "vendor_simulator"): "a program that plays the vendors, for tests of several rooms",
    ("static/src", "img"): "pictures are shown by every room",
}
MOST_FILES = 15
OVERRIDES = {"create", "write", "unlink"}


def a_mixin_has_two_users(tree: Tree) -> Iterator[Finding]:
    """What one model alone has is written in that model: a mixin is for what two models share."""
    models = [model for model in defined_models(tree) if model.model]
    users = defaultdict(set)
    for model in models:
        for inherited in model.inherits:
            if inherited != model.model:
                users[inherited].add(model.model)
    for model in models:
        if model.is_new and model.is_abstract and _is_too_little_shared(model, users[model.name]):
            names = ", ".join(sorted(users[model.name])) or "nobody"
            yield model.file.finding(model.node, f"{model.name} is used by {names}; write it in its only model")


def _is_too_little_shared(model: ModelClass, users: set[str]) -> bool:
    """An abstract model that nobody inherits may be one that is called; as a mixin it has no use."""
    return len(users) == 1 or (not users and model.name.endswith(".mixin"))


def models_stand_in_rooms(tree: Tree) -> Iterator[Finding]:
    """Where models/ has rooms, every model is in one of them."""
    for addon in tree.addons:
        if _rooms(tree, addon, "models"):
            for path in sorted((tree.root / addon / "models").glob("*.py")):
                if path.name != "__init__.py":
                    yield Finding(path.relative_to(tree.root), 1, "stands outside of the rooms; put it into its room")


def rooms_have_one_name_on_every_floor(tree: Tree) -> Iterator[Finding]:
    """Who knows the room of a model finds its views, tests and services under the same name."""
    rooms = {addon.name: _rooms(tree, addon, "models") for addon in tree.addons}
    for addon, manifest in tree.manifests.items():
        # What an addon adds to a room of the addon below it may need no model of its own.
        known = rooms[addon.name].union(*(rooms.get(name, ()) for name in manifest.get("depends", ())))
        for floor in FLOORS[1:]:
            for name in sorted(_rooms(tree, addon, floor) - known):
                if (floor, name) not in NO_ROOMS:
                    yield Finding(addon / floor / name, 1, f"{name} is no room of models/; give it the name of one")


def rooms_stay_small(tree: Tree) -> Iterator[Finding]:
    """Past so many files nobody knows a room by heart: it is two rooms. How many tests it takes is another matter."""
    for addon in tree.addons:
        for floor in (floor for floor in FLOORS if floor != "tests"):
            for name in sorted(_rooms(tree, addon, floor)):
                # What belongs to one component of a screen has one name: its .js, .xml and .scss count once.
                count = len({file.with_suffix("") for file in _files(tree, addon / floor / name)})
                if count > MOST_FILES and (floor, name) not in NO_ROOMS:
                    yield Finding(addon / floor / name, 1, f"{count} files, at most {MOST_FILES}; it is two rooms")


def _rooms(tree: Tree, addon: Path, floor: str) -> set[str]:
    folder = tree.root / addon / floor
    return {path.name for path in folder.glob("*/") if any(_files(tree, path.relative_to(tree.root)))}


def _files(tree: Tree, folder: Path) -> Iterator[Path]:
    """What is in a folder, apart from the list of its modules and from what Python keeps there."""
    for path in (tree.root / folder).rglob("*"):
        if path.is_file() and path.name != "__init__.py" and path.suffix != ".pyc":
            yield path


def one_override_a_room(tree: Tree) -> Iterator[Finding]:
    """What must happen in an order when a record is written is in one method, where the order can be read."""
    found: dict[tuple, list[tuple[ModelClass, ast.FunctionDef]]] = defaultdict(list)
    for model in defined_models(tree):
        if "models" in model.file.folders:
            for node in model.node.body:
                if isinstance(node, ast.FunctionDef) and node.name in OVERRIDES:
                    found[model.file.path.parent, model.model, node.name].append((model, node))
    for (_room, name, method), places in found.items():
        first = places[0][0].file.path.name
        for model, node in places[1:]:
            yield model.file.finding(node, f"{first} overrides {method}() of {name} as well; write it once a room")


RULES = [
    a_mixin_has_two_users,
    models_stand_in_rooms,
    rooms_have_one_name_on_every_floor,
    rooms_stay_small,
    one_override_a_room,
]
