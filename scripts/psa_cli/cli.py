"""The verbs and their options. What a verb does is in its own module, imported when it is called for."""

import importlib
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import click

from . import ui
from .core import core
from .errors import PsaError
from .paths import log_file

SERIES = click.Choice(core.SERIES)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Stratum PSA: the service desk and billing suite, on Odoo 18.0 and 19.0.

    All state is in .local/ of the checkout; downloads are kept in ~/.cache/stratum-psa/.
    """


@cli.command()
@click.option("--series", type=SERIES, help="The Odoo series. Without it: the first that can be had.")
@click.option("--port", type=click.IntRange(1024, 65000), default=8069, show_default=True, help="The port to serve on.")
@click.option("--db", "database", help="The database. Without it: psa.")
@click.option(
    "--workers",
    type=click.IntRange(0, 32),
    default=0,
    show_default=True,
    help="Worker processes. 0: threads in one process.",
)
@click.option("--no-demo", is_flag=True, help="A new database without the demo data.")
@click.option("--detach", is_flag=True, help="Return when it serves; `down` stops it.")
def up(**options: Any) -> int:
    """Set up what is missing, start the suite and stay; prints PSA READY <url> when it serves."""
    return _run("up", **options)


@cli.command()
def down() -> int:
    """Stop the suite, and the private database server with it."""
    return _run("down")


@cli.command()
def demo() -> int:
    """Play the main job over the wire against the running suite, one line a step."""
    return _run("demo")


@cli.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True})
@click.option("--series", type=SERIES, help="One series. Without it: every one that there is a core for.")
@click.option(
    "--heavy",
    type=click.Choice(["turn", "both", *core.SERIES]),
    help="Who has the heavy tests. Without it: the series take turns, and with PYTEST_ARGS it is both.",
)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def test(**options: Any) -> int:
    """Run the whole test suite on every series there is a core for.

    PYTEST_ARGS go to pytest: -k name, or paths below addons/ and tests/ to run these alone.
    """
    return _run("test", **options)


@cli.command()
@click.option("--series", type=SERIES, help="One series. Without it: every one that there is a core for.")
@click.argument("name", type=click.Choice(["api", "hub"]))
def prove(**options: Any) -> int:
    """Run the tests of a goal at their full size and print a table of what they came to.

    Ends with 1 when the proof does not hold on every series.
    """
    return _run("prove", **options)


@cli.command()
@click.option("--series", type=SERIES, help="One series. Without it: every one that there is a core for.")
@click.option("--rounds", type=click.IntRange(1, 1000), help="How often each side is measured.")
@click.option("--only", multiple=True, metavar="NAME", help="One goal, by its name or number; repeatable.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def bench(**options: Any) -> int:
    """Measure what the suite costs, as ratios against baselines of the same run.

    Ends with 0 when all goals are met and with 1 when one is not. Run it on a machine that does nothing else.
    """
    return _run("bench", **options)


@cli.command()
@click.option("--series", type=SERIES, help="The Odoo series. Without it: the first that can be had.")
@click.option("--minutes", type=click.IntRange(3, 1440), default=30, show_default=True, help="How long.")
@click.option(
    "--share",
    type=click.FloatRange(0.05, 1),
    default=0.7,
    show_default=True,
    help="At which share of the maximum, which is measured first.",
)
@click.option("--workers", type=click.IntRange(1, 32), default=2, show_default=True, help="Worker processes.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def load(**options: Any) -> int:
    """Send mixed traffic of clients' programs for a long time, to a server and a demo database of its own.

    Ends with 1 when a request fails, or when memory, database connections or the time of an answer grow.
    """
    return _run("load", **options)


@cli.command()
@click.option("--fix", is_flag=True, help="Mend what can be mended.")
@click.argument("tools", nargs=-1)
def lint(**options: Any) -> int:
    """Check style and likely bugs, as `test` does; TOOLS picks some of the checkers."""
    return _run("lint", **options)


@cli.command()
def screenshots() -> int:
    """Take the pictures of docs/ from the running suite."""
    return _run("screenshots")


@cli.command()
def roles() -> int:
    """Write docs/roles.md from the tables of who may do what."""
    return _run("roles")


@cli.command()
@click.option("--release", is_flag=True, help="Promise it: what comes later is held to it.")
def openapi(**options: Any) -> int:
    """Write docs/openapi-v1.json from the running suite and name what it breaks.

    Ends with 1 when programs that rely on the last release's document would break.
    """
    return _run("openapi", **options)


@cli.command()
def doctor() -> int:
    """Say what is there, what is missing and what to do about it."""
    return _run("doctor")


def _run(verb: str, **options: Any) -> int:
    """A verb is a module or package of that name, imported when it is called. Its function `run` takes the options."""
    return importlib.import_module(f"{__package__}.{verb}").run(**options)


def main() -> NoReturn:
    """Run the verb and end with 0 for done, 1 for failed, 2 for wrong usage."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup asks for that
            signal.signal(number, signal.default_int_handler)
    try:
        code = cli.main(prog_name="scripts/psa", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = 2
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        ui.complain("interrupted; what was complete is kept, run it again to go on")
        code = 1
    except PsaError as error:
        ui.complain(str(error))
        code = error.exit_code
    except Exception as error:  # noqa: BLE001
        code = _unforeseen(error)
    sys.exit(code or 0)


def _unforeseen(error: Exception) -> int:
    """A mistake of ours: the sentence for people, the traceback for whoever mends it."""
    try:
        where: Path | str = log_file("psa")
        Path(where).write_text(traceback.format_exc())
    except (OSError, PsaError):
        where = "no log, because .local cannot be written"
    reason = str(error).strip().split("\n")[0]
    ui.complain(f"something unforeseen went wrong ({type(error).__name__}: {reason}); the details are in {where}")
    return 1
