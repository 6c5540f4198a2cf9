"""Starts Odoo from a tree of either layout. With workers Odoo starts a part of itself by this file's path, which
`python -m odoo` does not survive.
"""

from odoo.cli import main

main()
