"""Work that is done to see its result, and then undone completely."""

from contextlib import contextmanager
from contextvars import ContextVar

from odoo.tools.misc import Callbacks

_HOOKS = ("precommit", "postcommit", "prerollback", "postrollback")

_is_rehearsed = ContextVar("psa_is_rehearsed", default=False)


@contextmanager
def rehearse(env):
    """Undo at the end all that the body did in the database, and drop its hooks for after the commit.

    Jobs and mails are rows, so they are undone, too. Numbers taken from a sequence stay taken, as after any rollback.
    """
    cr = env.cr
    savepoint = cr.savepoint()
    kept = {name: getattr(cr, name) for name in _HOOKS}
    token = _is_rehearsed.set(True)
    for name in _HOOKS:
        setattr(cr, name, Callbacks())
    try:
        yield
    finally:
        _is_rehearsed.reset(token)
        savepoint.close(rollback=True)
        for name, hooks in kept.items():
            setattr(cr, name, hooks)
        if env.registry.cache_invalidated:
            # The cache may hold values of records that are undone now.
            env.registry.clear_cache()


def is_rehearsed():
    """Whether the running work will be undone. Then nothing may be committed in a transaction of its own."""
    return _is_rehearsed.get()
