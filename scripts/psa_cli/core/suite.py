"""What is in addons/: the suite's own modules, what they stand on, and a fingerprint of their content."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import PsaError
from ..paths import ADDONS

DEMO_SUFFIX = "_demo"
# Always in a database: the job runner is loaded server-wide and fails without its tables.
ALWAYS = {"queue_job"}
# Of no effect on a database, so a change in them is no reason to update one.
PASSED_OVER = {"__pycache__", "tests", "readme"}


def manifests(addons: Path = ADDONS) -> dict[str, dict[str, Any]]:
    """Each installable module of the suite with its manifest."""
    found = {}
    for path in sorted(addons.glob("*/__manifest__.py")):
        try:
            manifest = ast.literal_eval(path.read_text())
        except (SyntaxError, ValueError) as error:
            raise PsaError(f"{path} cannot be read ({error}); correct it") from error
        if manifest.get("installable", True):
            found[path.parent.name] = manifest
    return found


def modules(addons: Path = ADDONS) -> list[str]:
    """The modules that every database has."""
    return [name for name in manifests(addons) if not name.endswith(DEMO_SUFFIX)]


def demo_modules(addons: Path = ADDONS) -> list[str]:
    return [name for name in manifests(addons) if name.endswith(DEMO_SUFFIX)]


def l1_modules(addons: Path = ADDONS) -> list[str]:
    """What the suite depends on and does not bring itself."""
    found = manifests(addons)
    needed = {name for manifest in found.values() for name in manifest.get("depends", ["base"])}
    return sorted((needed | ALWAYS) - set(found))


def fingerprint(names: Iterable[str], addons: Path = ADDONS) -> str:
    """Changes when a file of these modules changes that can change a database."""
    digest = hashlib.sha256()
    for name in sorted(names):
        for path in sorted((addons / name).rglob("*")):
            inside = path.relative_to(addons)
            if path.is_file() and not PASSED_OVER.intersection(inside.parts) and path.suffix not in (".pyc", ".md"):
                digest.update(f"{inside}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
