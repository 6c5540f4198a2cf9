from odoo import models


class ResourceCalendarAttendance(models.Model):
    _name = "resource.calendar.attendance"
    _inherit = ["psa.working.time.mixin", "resource.calendar.attendance"]
