"""`scripts/psa down`: what runs is stopped, wherever it was started, and the private database server with it."""

from pathlib import Path

from . import ui
from .database.postgres import Cluster
from .odoo import instance, server
from .paths import LOCAL


def run() -> int:
    """Stop the suite; 0 also when it did not run."""
    found = instance.read()
    if not found or not server.is_odoo(found["pid"]):
        if found:
            instance.forget(found["pid"])
        _stop_cluster()
        ui.say("The suite was not running")
        return 0
    with ui.step(f"Stopping Odoo {found['series']}"):
        server.end(found["pid"])
    instance.forget(found["pid"])
    _stop_cluster()
    return 0


def _stop_cluster() -> None:
    """Entering and leaving is enough: the last one out switches it off."""
    if (LOCAL / "pg").exists() or Path("/var/lib/stratum-psa").exists():
        with Cluster():
            pass
