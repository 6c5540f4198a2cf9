"""Runs in an Odoo shell on a template: makes the stylesheets and scripts of the pages, so that no first visitor waits."""

env["ir.qweb"]._pregenerate_assets_bundles()  # noqa: F821
env.cr.commit()  # noqa: F821
