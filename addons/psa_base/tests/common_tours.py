from unittest.mock import patch

from odoo.tests.common import ChromeBrowser


class TourMixin:
    """Tests that drive a browser. Mix it into a case of HttpCase."""

    # A file that Debian leaves out of its Odoo; the page asks for it and can do without.
    TOLERATED = "selfie_segmentation"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        handle_console = ChromeBrowser._handle_console

        def tolerate(browser, type, args=None, stackTrace=None, **kwargs):
            if type == "error" and cls.TOLERATED in str(args):
                type = "warning"
            return handle_console(browser, type, args=args, stackTrace=stackTrace, **kwargs)

        cls.startClassPatcher(patch.object(ChromeBrowser, "_handle_console", tolerate))
