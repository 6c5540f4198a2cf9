"""What Odoo and its helpers do anew for each test, done once or left out: none of it is what a test is about."""

from contextlib import contextmanager
from unittest.mock import patch

import freezegun.api

from odoo import tests as odoo_tests

from odoo.addons.base.models.ir_http import IrHttp


def _get_size(module):
    """Whether a module has changed, as far as the stopping of clocks must know: its identity and its count of names."""
    return id(module), len(getattr(module, "__dict__", ()))


# freezegun reads the names of 3000 modules each time a clock is stopped, to see which have changed: 20 to 40 ms, a
# thousand times in a run. Their count says as much.
freezegun.api._get_module_attributes_hash = _get_size


_gather_routes = IrHttp.routing_map.__cache__.method
_routes = {}


def get_routes(ir_http, key=None):
    """The routes of the server, which Odoo forgets after each test and takes a quarter of a second to gather."""
    if key not in _routes:
        _routes[key] = _gather_routes(ir_http, key)
    return _routes[key]


@contextmanager
def without_welcome(env):
    """Give people made meanwhile no picture, to-dos and stages of their own: those cost more than the people."""
    users, pictures = env.registry["res.users"], env.registry["avatar.mixin"]
    with (
        # Only 19.0 makes to-dos with the user.
        patch.object(users, "_onboard_users_into_project", lambda self, _users: self.browse(), create=True),
        patch.object(pictures, "_avatar_generate_svg", lambda self: False),
    ):
        yield


def new_test_user(env, login, groups):
    """A user as Odoo's helper of this name makes one, and much faster."""
    with without_welcome(env):
        return odoo_tests.new_test_user(env, login=login, groups=groups)
