"""Work that is committed in a transaction of its own, apart from that of the request or job around it."""

import logging

from psycopg2 import errors

from odoo import api
from odoo.tools import SQL

from .rehearsal import is_rehearsed

_logger = logging.getLogger(__name__)

_MAX_TRIES = 30


def execute_apart(env, query):
    """Run one SQL statement in a transaction of its own and return its first row, if it has any.

    It is for counters that many workers raise at the same time. A worker that loses the race for the row tries only
    this statement again; in the main transaction Odoo would start the whole request again. A crash of the server may
    lose a count, so the commit does not wait for the disk.
    """

    def execute(cr):
        cr.execute(SQL("SET LOCAL synchronous_commit TO off"))
        cr.execute(query, log_exceptions=False)
        return cr.fetchone() if cr.description else None

    if is_rehearsed():
        return execute(env.cr)
    return _run_until_undisturbed(env.registry, execute, errors.SerializationFailure)


def run_apart(env, function):
    """Run `function(env)` in a transaction of its own, commit it and return the result.

    When another transaction has changed the same rows in the meantime, the function starts again at once and reads
    them anew.
    """
    if is_rehearsed():
        return function(env)
    return _run_until_undisturbed(
        env.registry,
        lambda cr: _run_and_flush(function, api.Environment(cr, env.uid, env.context)),
        (errors.SerializationFailure, errors.UniqueViolation),
    )


def prepare_follow_up(env, function, complaint):
    """Make a hook to run after the current transaction: it calls `function(env)` in a new one, as the same user.

    The request has been answered by then, so an error is only logged, under the sentence `complaint`, which says what
    becomes of the work.
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
    """Flush here: a commit flushes only environments that still exist, and this one may not any more."""
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
