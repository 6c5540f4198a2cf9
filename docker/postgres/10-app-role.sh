#!/bin/sh
# Runs once, when the database volume is new: the suite's own role, which may create its database and no more.
set -eu

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v role="$PSA_DB_USER" -v password="$PSA_DB_PASSWORD" <<'SQL'
CREATE ROLE :"role" LOGIN CREATEDB NOSUPERUSER NOCREATEROLE PASSWORD :'password';
SQL
