"""A PostgreSQL server as the other modules see it, and the one that the environment names."""

import os
import pwd
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ..errors import PsaError

EXTENSIONS = ("pg_trgm", "unaccent")


@dataclass(frozen=True)
class Server:
    """A way to a server. Where it is ours, `owner` is its superuser's name and `programs` the folder of pg_dump."""

    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    sslmode: str = "prefer"
    owner: str | None = None
    programs: Path | None = None
    origin: str = ""

    def connect(self, database: str = "postgres", *, owner: bool = False) -> psycopg.Connection:
        user = self.owner if owner and self.owner else self.user
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=user,
            password=self.password or None,
            sslmode=self.sslmode,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    def query(self, database: str, statement: str, parameters: Iterable[Any] = ()) -> list[tuple]:
        """Rows of a statement, or none when it has none."""
        with self.connect(database) as connection:
            cursor = connection.execute(statement, tuple(parameters))  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def exists(self, name: str) -> bool:
        return bool(self.query("postgres", "SELECT 1 FROM pg_database WHERE datname = %s", [name]))

    def databases(self, prefix: str) -> list[str]:
        """Databases of this role whose names begin so."""
        rows = self.query(
            "postgres",
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) "
            "AND datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user) ORDER BY datname",
            [prefix],
        )
        return [name for (name,) in rows]

    def create(self, name: str, template: str | None = None) -> None:
        """A new database: a copy of another one, or an empty one that sorts as Odoo wants it."""
        if template:
            strategy = "STRATEGY FILE_COPY" if self.version() >= 15 else ""
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} " + strategy)  # type: ignore[arg-type]
            self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
            return
        statement = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0")
        self._execute(statement.format(sql.Identifier(name)))
        self._add_extensions(name)

    def drop(self, name: str) -> None:
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def rename(self, old: str, new: str) -> None:
        self._execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))

    def version(self) -> int:
        return int(self.query("postgres", "SHOW server_version_num")[0][0]) // 10000

    def _execute(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)

    def _add_extensions(self, name: str) -> None:
        """Fast and accent-blind search, where the server has it: the embedded one has neither."""
        with self.connect(name, owner=True) as connection:
            for extension in EXTENSIONS:
                try:
                    connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
                    if extension == "unaccent":
                        # As Odoo does itself, so that an index may use it.
                        connection.execute("ALTER FUNCTION unaccent(text) IMMUTABLE")
                except psycopg.Error:
                    continue


def named_server(env: Mapping[str, str] = os.environ) -> Server | None:
    """The server that DATABASE_URL or the PG* variables name."""
    if url := env.get("DATABASE_URL"):
        try:
            named = conninfo_to_dict(url)
        except psycopg.ProgrammingError as error:
            raise PsaError(f"DATABASE_URL cannot be read ({str(error).strip()}); correct it or unset it") from error
        origin = "DATABASE_URL names it"
    elif env.get("PGHOST") or env.get("PGPORT"):
        named, origin = {}, "the PG* variables name it"
    else:
        return None
    user = str(named.get("user") or env.get("PGUSER") or pwd.getpwuid(os.geteuid()).pw_name)
    if user == "postgres":
        raise PsaError(
            "the database server is named with the role postgres, which Odoo refuses; "
            "make a role with CREATEDB and name that (PGUSER or DATABASE_URL)"
        )
    return Server(
        host=str(named.get("host") or env.get("PGHOST") or "/var/run/postgresql"),
        port=int(named.get("port") or env.get("PGPORT") or 5432),
        user=user,
        password=str(named.get("password") or env.get("PGPASSWORD") or ""),
        sslmode=str(named.get("sslmode") or env.get("PGSSLMODE") or "prefer"),
        origin=origin,
    )


def check_named(server: Server) -> None:
    """A server that others run must let us in and let us make databases."""
    try:
        rows = server.query("postgres", "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
    except psycopg.OperationalError as error:
        raise PsaError(
            f"the database server at {server.host}:{server.port} does not let {server.user} in "
            f"({str(error).strip().splitlines()[0]}); check PG* or DATABASE_URL, or unset them for a private server"
        ) from error
    if not rows or not rows[0][0]:
        raise PsaError(
            f"the role {server.user} may not make databases; run ALTER ROLE {server.user} CREATEDB, or unset PG* and "
            "DATABASE_URL for a private server"
        )
