"""Other people's tools that try the REST API by its document: a generator of clients, a fuzzer, a validator.

They live in an environment of their own, because they need a lot that nothing else here does.
"""

from pathlib import Path

from ..machine.environments import Environment
from ..paths import ROOT

PINS = ROOT / "config" / "api" / "requirements.txt"


def tool(name: str) -> Path:
    """The command of that name in the environment, which is made when it is not there."""
    environment = Environment("api", PINS, ("--only-binary", ":all:"))
    environment.ensure("Installing what tests the REST API")
    return environment.bin / name
