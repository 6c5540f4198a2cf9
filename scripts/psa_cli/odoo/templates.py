"""Databases to copy from, so that an installation is done once and not each time.

Three layers, each a copy of the one below with more installed: L1 alone, the suite, the demo data. Each is named by a
fingerprint of all that went into it, so a change makes a new one and the old one is dropped.
"""

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass

from .. import ui
from ..core import suite, venv
from ..database.database import named_server
from ..errors import PsaError
from ..machine import fingerprint, locks
from ..paths import checkout_id, local
from . import kept
from .runtime import SCRIPTS, Runtime

NEW = "__new"
# Raised when L1 is installed in another way: what was kept in the way before is another thing.
INSTALLED_AS = "1"


@dataclass(frozen=True)
class Layer:
    """A template database: its name, what it is a copy of, and what is installed on top."""

    name: str
    title: str
    below: "Layer | None"
    modules: tuple[str, ...]
    pages: bool = False


def prefix(series: str) -> str:
    """Where others use the server as well, templates are told apart by checkout: their files are in ours."""
    shared = f"{checkout_id()}_" if named_server() else ""
    return f"psa_tpl_{shared}{series.replace('.', '_')}_"


def layers(runtime: Runtime) -> dict[str, Layer]:
    """The layers as they should be for what is in the tree now."""
    start = prefix(runtime.series)
    l1_modules = tuple(suite.l1_modules())
    key = _key(INSTALLED_AS, runtime.core.identity, venv.pins(runtime.series).read_text(), *l1_modules)
    l1 = Layer(f"{start}{key}_l1", f"Odoo {runtime.series} with its OCA addons", None, l1_modules)
    if not suite.modules():
        return {"l1": l1, "suite": l1, "demo": l1}
    modules = tuple(suite.modules())
    key = _key(key, suite.fingerprint(modules))
    whole = Layer(f"{start}{key}_suite", "the suite", l1, modules, pages=True)
    if not suite.demo_modules():
        return {"l1": l1, "suite": whole, "demo": whole}
    demo_modules = tuple(suite.demo_modules())
    key = _key(key, suite.fingerprint(demo_modules))
    return {"l1": l1, "suite": whole, "demo": Layer(f"{start}{key}_demo", "the demo data", whole, demo_modules)}


def _key(*parts: str) -> str:
    return fingerprint.of(*parts)[:8]


def ensure(runtime: Runtime, layer: str) -> str:
    """The name of the template of that layer, made when it is not there."""
    with _lock(runtime):
        return _ensure(runtime, layer)


def _lock(runtime: Runtime) -> AbstractContextManager[None]:
    """Held while a template is made or copied, so that no other run drops it meanwhile."""
    return locks.lock(local("lock") / f"templates-{runtime.series}")


def _ensure(runtime: Runtime, layer: str) -> str:
    wanted = layers(runtime)
    _build(runtime, wanted[layer])
    _drop_others(runtime, {each.name for each in wanted.values()})
    return wanted[layer].name


def make(runtime: Runtime, layer: str, name: str) -> None:
    """A new database from the template of that layer."""
    with _lock(runtime):
        _copy(runtime, _ensure(runtime, layer), name)


def _copy(runtime: Runtime, template: str, name: str) -> None:
    """A database with its files: a copy without the filestore would answer 500 to every stylesheet."""
    runtime.database.create(name, template)
    target = runtime.filestore(name)
    shutil.rmtree(target, ignore_errors=True)
    if runtime.filestore(template).is_dir():
        shutil.copytree(runtime.filestore(template), target)


def drop(runtime: Runtime, name: str) -> None:
    runtime.database.drop(name)
    shutil.rmtree(runtime.filestore(name), ignore_errors=True)


def _build(runtime: Runtime, layer: Layer) -> None:
    if runtime.database.exists(layer.name) and runtime.filestore(layer.name).is_dir():
        return
    if layer.below:
        _build(runtime, layer.below)
    draft = layer.name + NEW
    drop(runtime, draft)
    drop(runtime, layer.name)
    try:
        if layer.below:
            _copy(runtime, layer.below.name, draft)
            _install(runtime, layer, draft)
        else:
            _make_l1(runtime, layer, draft)
    except BaseException:
        drop(runtime, draft)
        raise
    runtime.filestore(draft).mkdir(parents=True, exist_ok=True)
    runtime.filestore(draft).rename(runtime.filestore(layer.name))
    runtime.database.rename(draft, layer.name)


def _make_l1(runtime: Runtime, layer: Layer, draft: str) -> None:
    """Minutes of installing, unless another checkout has done it."""
    with kept.alone(runtime, layer.name):
        runtime.database.create(draft)
        if kept.restore(runtime, layer.name, draft):
            return
        drop(runtime, draft)
        runtime.database.create(draft)
        _install(runtime, layer, draft)
        kept.keep(runtime, layer.name, draft)


def _install(runtime: Runtime, layer: Layer, draft: str) -> None:
    runtime.install(draft, list(layer.modules), f"Installing {layer.title} ({runtime.series})")
    _check_installed(runtime, draft, layer)
    if layer.pages:
        runtime.script(draft, SCRIPTS / "assets.py", f"Making the stylesheets and scripts ({runtime.series})")


def _check_installed(runtime: Runtime, database: str, layer: Layer) -> None:
    """Odoo ends well also when it left a module out."""
    rows = runtime.database.query(database, "SELECT name FROM ir_module_module WHERE state = 'installed'")
    if missing := sorted(set(layer.modules) - {name for (name,) in rows}):
        raise PsaError(
            f"Odoo {runtime.series} did not install {', '.join(missing)}; read the log of the installation in "
            f"{local('log')} for the reason"
        )


def _drop_others(runtime: Runtime, wanted: set[str]) -> None:
    for name in runtime.database.databases(prefix(runtime.series)):
        if name not in wanted:
            ui.say(f"Dropping {name}, which is out of date")
            drop(runtime, name)
