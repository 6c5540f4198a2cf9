from odoo import api, models


class PsaLifecycleRulesMixin(models.AbstractModel):
    """A record that the rules of a lifecycle are made of: a change of it holds from the next move on."""

    _name = "psa.lifecycle.rules.mixin"
    _description = "Part of the lifecycle rules"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self._forget_rules()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._forget_rules()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_rules()
        return result

    def _forget_rules(self):
        """The rules are cached across requests and workers: see `psa.lifecycle._get_rules`."""
        self.env.registry.clear_cache()
