from odoo import models


class ResourceCalendarLeaves(models.Model):
    _name = "resource.calendar.leaves"
    _inherit = ["psa.working.time.mixin", "resource.calendar.leaves"]

    def _forget_working_time(self):
        """A person's own holiday stops no clock."""
        # sudo: whose leave it is may be more than the user may read.
        general = self.sudo().filtered(lambda leave: not leave.resource_id)
        return super(ResourceCalendarLeaves, general)._forget_working_time()
