from odoo import models

from ...tools.origin import Origin


class BaseAutomation(models.Model):
    _inherit = "base.automation"

    def _process(self, records, domain_post=None):
        """Changes by an automation rule have the rule as their origin, not the person who triggered it."""
        told = self.with_context(**Origin.AUTOMATION.context)
        return super(BaseAutomation, told)._process(records, domain_post=domain_post)
