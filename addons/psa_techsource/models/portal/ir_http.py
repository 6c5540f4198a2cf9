from odoo import api, models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @api.model
    def get_nearest_lang(self, lang_code):
        """Show the company's own English to every reader of English.

        The pages have the same words in each English, and the company's has the dates right. A visitor with another
        one would be sent to a second address of the same page.
        """
        nearest = super().get_nearest_lang(lang_code)
        own = self._get_default_lang().code if nearest and request else None
        return own if own and own.split("_")[0] == nearest.split("_")[0] else nearest
