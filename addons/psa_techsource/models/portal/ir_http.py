from odoo import api, models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @api.model
    def get_nearest_lang(self, lang_code):
        """One English for every reader of English: else a visitor with another one is sent to a second address.

        The pages are the same in all of them; the company's own has its dates right.
        """
        nearest = super().get_nearest_lang(lang_code)
        own = self._get_default_lang().code if nearest and request else None
        return own if own and own.split("_")[0] == nearest.split("_")[0] else nearest
