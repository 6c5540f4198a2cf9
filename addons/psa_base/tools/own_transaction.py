"""Work that commits apart from the request or job that it happens in."""

import logging

from psycopg2 import errors

from odoo import api
from odoo.tools import SQL

from .rehearsal import is_rehearsed

_logger = logging.getLogger(__name__)

_MAX_TRIES = 30


def execute_apart(env, query):
    """Run one SQL statement in a transaction of its own and return its first row, if it has any.

    For counters that many workers bump at once: whoever loses the race for the row tries again at
    once and by itself, where in the main transaction Odoo would start the whole request again. A
    count that a crash of the server loses is no loss, so nobody waits for the disk.
    """

    def execute(cr):
        cr.execute(SQL("SET LOCAL synchronous_commit TO off"))
        cr.execute(query, log_exceptions=False)
        return cr.fetchone() if cr.description else None

    if is_rehearsed():
        return execute(env.cr)
    return _run_until_undisturbed(env.registry, execute, errors.SerializationFailure)


def run_apart(env, function):
    """Run `function(env)` in a transaction of its own, commit it and return what it returned.

    For work that must not fail because somebody else touched the same rows a moment before: it starts
    again at once, on what the database holds by then.
    """
    if is_rehearsed():
        return function(env)
    return _run_until_undisturbed(
        env.registry,
        lambda cr: _run_and_flush(function, api.Environment(cr, env.uid, env.context)),
        (errors.SerializationFailure, errors.UniqueViolation),
    )


def prepare_follow_up(env, function, complaint):
    """Make a hook for the end of the running transaction: `function(env)` in one of its own, as the same user.

    By then the caller has an answer that no error may change: an error is logged under `complaint`,
    which says what becomes of the work.
    """
    registry, uid = env.registry, env.uid

    def follow_up():
        try:
            with registry.cursor() as cr:
                _run_and_flush(function, api.Environment(cr, uid, {}))
        except Exception:
            _logger.exception(complaint)

    return follow_up


def _run_and_flush(function, env):
    """A commit flushes only what living environments hold, and this one may be gone by then."""
    result = function(env)
    env.flush_all()
    return result


def _run_until_undisturbed(registry, function, disturbances):
    tries = 0
    while True:
        tries += 1
        try:
            with registry.cursor() as cr:
                return function(cr)
        except disturbances:
            if tries == _MAX_TRIES:
                raise
