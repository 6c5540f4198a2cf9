"""Starts Odoo from a tree of either layout, as `python -m odoo` does.

It is a file because with workers Odoo starts a part of itself by the path it was started with, and its own __main__.py
does not survive that.
"""

import runpy

runpy.run_module("odoo", run_name="__main__")
