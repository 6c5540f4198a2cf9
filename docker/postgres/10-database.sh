#!/bin/sh
# Runs once, when the database volume is new: the suite's role and its database. The role owns that database and may
# do nothing else; the extensions that Odoo's searches use need the superuser, so they are made here as well.
set -eu

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v role="$PSA_DB_USER" -v password="$PSA_DB_PASSWORD" -v database="$PSA_DB_NAME" <<'SQL'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
\connect :"database"
CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;
ALTER FUNCTION unaccent(text) IMMUTABLE;
SQL
