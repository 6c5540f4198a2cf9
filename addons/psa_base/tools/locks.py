"""Locks that no row stands for."""

from odoo.tools import SQL


def try_lock(env, name, number):
    """Hold `name` and `number` until this transaction ends; False, at once, when somebody else holds them."""
    [(is_held,)] = env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", name, number))
    return is_held
