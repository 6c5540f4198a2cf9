"""Work that is done to see what would come of it, and then taken back whole."""

from contextlib import contextmanager
from contextvars import ContextVar

from odoo.tools.misc import Callbacks

_HOOKS = ("precommit", "postcommit", "prerollback", "postrollback")

_is_rehearsed = ContextVar("psa_is_rehearsed", default=False)


@contextmanager
def rehearse(env):
    """Undo in the end all that the body does in the database; what it left to be done after a commit never is.

    Jobs and mails are rows, so they go with the rest. Numbers drawn from a sequence stay drawn, as they do
    after any rollback.
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
            # what was read anew meanwhile is of records that are gone again
            env.registry.clear_cache()


def is_rehearsed():
    """Whether what happens now will be taken back: then nothing may be done apart from it."""
    return _is_rehearsed.get()
