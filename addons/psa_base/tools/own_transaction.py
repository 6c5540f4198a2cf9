"""Statements that commit apart from the request or job that they happen in."""

from psycopg2 import errors

from odoo import api
from odoo.tools import SQL

_MAX_TRIES = 30


def execute_apart(env, query):
    """Run one SQL statement in a transaction of its own and return its first row, if it has any.

    For counters that many workers bump at once: whoever loses the race for the row tries again at
    once and by itself, where in the main transaction Odoo would start the whole request again. A
    count that a crash of the server loses is no loss, so nobody waits for the disk.
    """
    tries = 0
    while True:
        tries += 1
        try:
            with env.registry.cursor() as cr:
                cr.execute(SQL("SET LOCAL synchronous_commit TO off"))
                cr.execute(query, log_exceptions=False)
                return cr.fetchone() if cr.description else None
        except errors.SerializationFailure:
            if tries == _MAX_TRIES:
                raise


def run_apart(env, function):
    """Run `function(env)` in a transaction of its own, commit it and return what it returned.

    For work that must not fail because somebody else touched the same rows a moment before: it starts
    again at once, on what the database holds by then.
    """
    tries = 0
    while True:
        tries += 1
        try:
            with env.registry.cursor() as cr:
                return function(api.Environment(cr, env.uid, env.context))
        except (errors.SerializationFailure, errors.UniqueViolation):
            if tries == _MAX_TRIES:
                raise
