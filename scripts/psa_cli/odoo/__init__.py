"""Odoo made ready, started, served and copied for tests."""
