"""The Python environment of a series: every package and OCA addon at the version that config/l1 pins."""

from pathlib import Path

from ..errors import PsaError
from ..machine.environments import Environment, count_installed
from ..paths import CONFIG


def pins(series: str) -> Path:
    return CONFIG / f"{series}.txt"


def of(series: str) -> Environment:
    """The same Python for every series: the one that runs this."""
    # docopt is published as source alone and is one pure module.
    return Environment(f"odoo-{series}", pins(series), ("--only-binary", ":all:", "--no-binary", "docopt"))


def ensure(series: str) -> None:
    of(series).ensure(f"Installing the Python packages of Odoo {series}", count_installed(pins(series)))


def oca_addons(series: str) -> Path:
    """Where the OCA addons are after installation."""
    folder = of(series).site_packages / "odoo" / "addons"
    if not folder.is_dir():
        raise PsaError(f"the environment of {series} has no OCA addons; remove {of(series).folder} and try again")
    return folder
