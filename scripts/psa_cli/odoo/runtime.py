"""One series made ready to run: its core, its Python environment and the database server, to call Odoo by."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .. import ui
from ..core import venv
from ..core.core import Core
from ..database.database import Server
from ..machine import proc, system
from ..paths import ADDONS, local, log_file, write_private

SCRIPTS = Path(__file__).parents[1] / "inside"
ODOO_BIN = SCRIPTS / "odoo_bin.py"
INSTALLED_DEMO = {"18.0": ("without_demo", "all"), "19.0": ("with_demo", "False")}
SERVER_WIDE = {"18.0": "base,web,queue_job", "19.0": "base,rpc,web,queue_job"}
_LOADING = re.compile(r"Loading module (\w+) \((\d+)/(\d+)\)")


@dataclass(frozen=True)
class Runtime:
    """Everything that a call of Odoo needs to know, for one series."""

    core: Core
    database: Server

    @property
    def series(self) -> str:
        return self.core.series

    @property
    def python(self) -> Path:
        return venv.of(self.series).python

    @property
    def odoo(self) -> list[Path]:
        """The start of every command that runs Odoo."""
        return [self.python, ODOO_BIN]

    @property
    def data_dir(self) -> Path:
        return local("data", self.series)

    def filestore(self, database: str) -> Path:
        return self.data_dir / "filestore" / database

    def addons_path(self) -> list[Path]:
        return [*self.core.addons, venv.oca_addons(self.series), ADDONS]

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The caller's environment without what would name another server or another tree to Odoo."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ODOO_"))}
        for key in ("DATABASE_URL", "PGDATABASE", "PGSERVICE", "VIRTUAL_ENV"):
            kept.pop(key, None)
        ours = {
            "PYTHONPATH": str(self.core.path),
            # Compiled once for the checkout, which is half of a start; never beside the sources, which may not be ours.
            "PYTHONPYCACHEPREFIX": str(local("pycache")),
            "PYTHONUNBUFFERED": "1",
            # Neither the folder of a script nor the current one may hide a library.
            "PYTHONSAFEPATH": "1",
        }
        return {**kept, **ours, **(extra or {})}

    def conf(self, database: str, options: Mapping[str, object] | None = None, name: str = "") -> Path:
        """Write Odoo's configuration for a database. It holds passwords, so only its owner may read it."""
        demo_key, demo_value = INSTALLED_DEMO[self.series]
        settings: dict[str, object] = {
            "addons_path": ",".join(str(path) for path in self.addons_path()),
            "data_dir": self.data_dir,
            "db_host": self.database.host,
            "db_port": self.database.port,
            "db_user": self.database.user,
            **({"db_password": self.database.password} if self.database.password else {}),
            "db_sslmode": self.database.sslmode,
            "db_name": database,
            "list_db": "False",
            "unaccent": "True",
            "admin_passwd": secrets.token_urlsafe(24),
            "http_interface": "127.0.0.1",
            "max_cron_threads": 0,
            "workers": 0,
            "proxy_mode": "False",
            "server_wide_modules": SERVER_WIDE[self.series],
            demo_key: demo_value,
            **(options or {}),
        }
        # A per cent sign is the start of a reference in Odoo's configuration files.
        lines = [f"{key} = {str(value).replace('%', '%%')}\n" for key, value in settings.items()]
        path = local("conf", mode=0o700) / f"{name or f'{self.series}-{database}'}.conf"
        write_private(path, "".join(["[options]\n", *lines]))
        return path

    def install(self, database: str, modules: list[str], title: str, *, update: bool = False) -> None:
        """Install modules into a database, or update them there, and end."""
        conf = self.conf(database, {"http_enable": "False"})
        action = ("-u" if update else "-i", ",".join(modules), "--stop-after-init")
        proc.run(
            title,
            [*self.odoo, "-c", conf, "-d", database, *action],
            log_file(f"install-{self.series}-{database}"),
            env=self.environment(),
            read=_module_progress,
            advice="correct the cause and try again",
        )
        conf.unlink()

    def script(
        self,
        database: str,
        script: Path,
        title: str,
        result: Path | None = None,
        *,
        extra: Mapping[str, str] | None = None,
        read: proc.Reader = lambda line: None,
    ) -> None:
        """Run a Python file in an Odoo shell. An answer goes to the file named in PSA_RESULT."""
        conf = self.conf(database, {"http_enable": "False"})
        proc.run(
            title,
            [*self.odoo, "shell", "-c", conf, "-d", database, "--no-http", "--log-level=warn"],
            log_file(f"script-{self.series}-{database}"),
            env=self.environment({"PSA_RESULT": str(result or os.devnull), **(extra or {})}),
            stdin=script.read_text(),
            read=read,
        )
        conf.unlink()


def _module_progress(line: str) -> str | None:
    if found := _LOADING.search(line):
        return f"{found[2]}/{found[3]} {found[1]}"
    return None


def prepare(core: Core, database: Server) -> Runtime:
    """Make what the series needs on this machine, apart from databases."""
    ui.say(f"Odoo {core.series}: {core.path} ({core.origin})")
    venv.ensure(core.series)
    for need in system.ensure(system.WKHTMLTOPDF):
        ui.say(f"Without {need.package} there are no {need.purpose}; {system.advice([need])}")
    return Runtime(core, database)
