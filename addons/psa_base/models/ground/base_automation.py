from odoo import models

from ...tools.origin import Origin


class BaseAutomation(models.Model):
    _inherit = "base.automation"

    def _process(self, records, domain_post=None):
        """What a rule does is told as the rule's doing, not as that of whoever set it off."""
        told = self.with_context(**Origin.AUTOMATION.context)
        return super(BaseAutomation, told)._process(records, domain_post=domain_post)
