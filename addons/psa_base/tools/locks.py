"""Locks on something that has no row of its own, by PostgreSQL's advisory locks."""

from odoo.tools import SQL


def try_lock(env, name, number):
    """Lock `name` and `number` until the transaction ends. False, at once, if another transaction holds them."""
    [(is_held,)] = env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", name, number))
    return is_held
