"""Runs in an Odoo shell on a template: makes the stylesheets and scripts of every page, so that nobody waits for them.

Not all that Odoo could make ahead: half a minute goes into bundles of its own test suites.
"""

for bundle in ("web.assets_web", "web.assets_frontend", "web.assets_frontend_lazy", "web.report_assets_common"):
    made = env["ir.qweb"]._get_asset_bundle(bundle)  # noqa: F821
    made.css()
    made.js()
env.cr.commit()  # noqa: F821
