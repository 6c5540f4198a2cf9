from odoo import api, models

from ...tools.cached import forget_cached


class PsaCachedMixin(models.AbstractModel):
    """A record that is read from the cache: a change of it is seen at once by every worker."""

    _name = "psa.cached.mixin"
    _description = "Record that is kept in the cache"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        forget_cached(self.env)
        return records

    def write(self, vals):
        result = super().write(vals)
        forget_cached(self.env)
        return result

    def unlink(self):
        result = super().unlink()
        forget_cached(self.env)
        return result
