"""`scripts/psa up`: the suite from whatever is there to serving."""

import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from . import ui
from .core import core, suite
from .database.database import Server
from .database.postgres import Cluster
from .errors import PsaError, WrongUsage
from .machine import locks
from .odoo import instance, server, templates
from .odoo.runtime import Runtime, prepare
from .paths import LOCAL, local, log_file

CHOSEN = LOCAL / "state" / "series"


@dataclass(frozen=True)
class Options:
    """What `up` was asked for. Without a series or a database name it chooses."""

    series: str | None
    port: int
    database: str | None
    workers: int
    demo: bool
    detach: bool


def run(series: str | None, port: int, database: str | None, workers: int, no_demo: bool, detach: bool) -> int:
    """Set up what is missing, start, say so, and stay until the server ends."""
    options = Options(series, port, database, workers, not no_demo, detach)
    if options.database and not re.fullmatch(r"[a-z][a-z0-9_-]{0,40}", options.database):
        raise WrongUsage(f"{options.database} is no good name for a database; use small letters, digits, - and _")
    with ExitStack() as starting:
        starting.enter_context(locks.lock(local("lock") / "up"))
        if found := instance.running():
            return _already_running(found, options)
        if not server.port_is_free(options.port):
            raise PsaError(
                f"port {options.port} is in use by another program; stop that, or choose another with --port"
            )
        core_found = _core(options)
        with Cluster() as database_server:
            odoo, issued = _prepare(prepare(core_found, database_server), options)
            try:
                _start(odoo, issued)
                starting.close()
                if not options.detach:
                    return _stay(odoo)
            except BaseException:
                _stop(odoo)
                raise
    ui.say(f"It runs in the background; scripts/psa down stops it. Log: {odoo.log}")
    return 0


def _stay(odoo: server.OdooServer) -> int:
    """Until the server ends, or we are told to end it."""
    assert odoo.process
    try:
        ui.say(f"Ctrl-C stops it. Log: {odoo.log}")
        code = server.wait_for(odoo.process)
    except KeyboardInterrupt:
        code = 0  # told to stop before anyone waited
    _stop(odoo)
    if code:
        raise PsaError(f"Odoo ended by itself with code {code}{server.last_error(odoo.log)}; {odoo.log} says more")
    ui.say("Stopped")
    return 0


def _stop(odoo: server.OdooServer) -> None:
    odoo.stop()
    if odoo.process:
        instance.forget(odoo.pid)


def _already_running(found: dict, options: Options) -> int:
    asked = {"series": options.series, "db": options.database}
    differing = {key: value for key, value in asked.items() if value and value != found[key]}
    if differing:
        has = ", ".join(f"{key} {found[key]}" for key in differing)
        raise PsaError(f"the suite already runs with {has}; stop it with scripts/psa down first")
    ui.say(f"Odoo {found['series']} already runs with the database {found['db']}")
    ui.say(f"PSA READY {found['url']}")
    return 0


def _core(options: Options) -> core.Core:
    """The series asked for; else the one chosen last time, while it is there; else by the contract's order."""
    if options.series:
        return core.get(options.series)
    if not core.from_env(None) and CHOSEN.is_file() and (again := core.present(CHOSEN.read_text().strip())):
        return again
    chosen = core.choose()
    local("state", mode=0o700)
    CHOSEN.write_text(chosen.series)
    return chosen


def _prepare(runtime: Runtime, options: Options) -> tuple[server.OdooServer, dict[str, Any]]:
    """The server, ready to be started on a database that is up to date, and that database's logins."""
    database = options.database or _default_database(runtime)
    _check_series(runtime, database)
    state = instance.DatabaseState.load(runtime.series, database)
    if runtime.database.exists(database):
        _update(runtime, database, state)
        if options.demo and suite.demo_modules() and not state.content.get("demo"):
            ui.say(f"The database {database} was made without demo data; another name with --db gives one that has it")
    else:
        _create(runtime, database, state, demo=options.demo)
    if not state.belongs_to(_uuid(runtime.database, database)):
        state.content["issued"] = instance.issue_credentials(runtime, database)
        state.save()
    odoo = server.OdooServer(runtime, database, options.port, options.workers, log_file(f"odoo-{runtime.series}"))
    return odoo, state.content["issued"]


def _start(odoo: server.OdooServer, issued: dict[str, Any]) -> None:
    with ui.step(f"Starting Odoo {odoo.runtime.series} with the database {odoo.database}"):
        odoo.start()
    instance.write(instance.describe(odoo, issued))
    for role, user in issued["users"].items():
        # Passwords are shown to a person at a terminal and never to a log.
        shown = user["password"] if ui.console.is_terminal else "password in .local/instance.json"
        ui.say(f"  {role}: {user['login']}  {shown}")
    ui.say(f"PSA READY {odoo.url}")


def _default_database(runtime: Runtime) -> str:
    """`psa`, unless that is of another series: one database cannot serve both."""
    there = database_series(runtime.database, "psa")
    if there in (None, runtime.series):
        return "psa"
    name = f"psa_{runtime.series.replace('.', '_')}"
    ui.say(f"The database psa is of Odoo {there}, so this series uses {name}")
    return name


def _check_series(runtime: Runtime, database: str) -> None:
    there = database_series(runtime.database, database)
    if there not in (None, runtime.series):
        raise PsaError(
            f"the database {database} is of Odoo {there} and cannot run on {runtime.series}; "
            "choose another name with --db"
        )


def database_series(database_server: Server, database: str) -> str | None:
    """The series of an Odoo database; None when there is no such database."""
    if not database_server.exists(database):
        return None
    if not database_server.query(database, "SELECT to_regclass('ir_module_module')")[0][0]:
        raise PsaError(f"the database {database} is not one of Odoo; choose another name with --db")
    rows = database_server.query(database, "SELECT latest_version FROM ir_module_module WHERE name = 'base'")
    return ".".join(rows[0][0].split(".")[:2])


def _uuid(database_server: Server, database: str) -> str:
    rows = database_server.query(database, "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'")
    return rows[0][0] if rows else ""


def _create(runtime: Runtime, database: str, state: instance.DatabaseState, *, demo: bool) -> None:
    if demo and not suite.demo_modules():
        ui.say("There is no demo data in addons/, so this is as with --no-demo")
    layer = "demo" if demo else "suite"
    templates.ensure(runtime, layer)
    with ui.step(f"Making the database {database}"):
        try:
            templates.make(runtime, layer, database)
        except BaseException:
            templates.drop(runtime, database)
            raise
    with_demo = demo and bool(suite.demo_modules())
    state.content.clear()
    state.content.update({"demo": with_demo, "addons": instance.addons_fingerprint(demo=with_demo)})
    state.content["issued"] = instance.issue_credentials(runtime, database)
    state.save()


def _update(runtime: Runtime, database: str, state: instance.DatabaseState) -> None:
    """Bring a database up to what is in addons/ now."""
    demo = bool(state.content.get("demo"))
    wanted = instance.addons_fingerprint(demo=demo)
    if state.content.get("addons") == wanted:
        ui.say(f"The database {database} is there and up to date")
        return
    names = [*suite.modules(), *(suite.demo_modules() if demo else [])]
    if names:
        ui.say(f"addons/ has changed since {database} was last updated")
        runtime.install(database, names, f"Updating {', '.join(names)} in {database}", update=True)
    state.content["addons"] = wanted
    state.save()
