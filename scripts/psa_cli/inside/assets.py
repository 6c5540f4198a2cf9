"""Runs in an Odoo shell on a template: makes the stylesheets and scripts of every page, so that nobody waits for them.

Not all that Odoo could make ahead: half a minute goes into bundles of its own test suites.
"""

BOTH, STYLES, SCRIPTS = (True, True), (True, False), (False, True)
BUNDLES = {
    "web.assets_web": BOTH,
    "web.assets_web_print": STYLES,
    "web.assets_frontend": BOTH,
    "web.assets_frontend_lazy": BOTH,
    "web.assets_frontend_minimal": SCRIPTS,
    "web.report_assets_common": BOTH,
    "bus.websocket_worker_assets": SCRIPTS,
    "portal.assets_chatter": BOTH,
    "portal.assets_chatter_style": STYLES,
}
for bundle, (has_styles, has_scripts) in BUNDLES.items():
    made = env["ir.qweb"]._get_asset_bundle(bundle)  # noqa: F821
    if has_styles:
        made.css()
    if has_scripts:
        made.js()
env.cr.commit()  # noqa: F821
