"""The Python environment of a series: every package and OCA addon at the version that config/l1 pins."""

from pathlib import Path

from ..errors import PsaError
from ..machine.environments import Environment, make_counter
from ..paths import CONFIG


def pins(series: str) -> Path:
    return CONFIG / f"{series}.txt"


def of(series: str) -> Environment:
    """The same Python for every series: the one that runs this."""
    # docopt is published as source alone and is one pure module. Odoo compiles what it loads, into a folder of its own
    # (`Runtime.environment`).
    options = ("--only-binary", ":all:", "--no-binary", "docopt", "--no-compile")
    return Environment(f"odoo-{series}", pins(series), options)


def ensure(series: str) -> None:
    of(series).ensure(f"Installing the Python packages of Odoo {series}", make_counter(pins(series)))


def oca_addons(series: str) -> Path:
    """Where the OCA addons are after installation."""
    folder = of(series).site_packages / "odoo" / "addons"
    if not folder.is_dir():
        raise PsaError(f"the environment of {series} has no OCA addons; remove {of(series).folder} and try again")
    return folder
