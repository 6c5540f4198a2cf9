from odoo import fields, models

from ...series import Constraint


class ResourceCalendarLeaves(models.Model):
    _name = "resource.calendar.leaves"
    _inherit = ["psa.working.time.mixin", "resource.calendar.leaves"]

    holiday_date = fields.Date(
        string="Public holiday",
        readonly=True,
        index="btree_not_null",
        help="The public holiday for which this closing day was made, also if its hours were changed since.",
    )

    _holiday_once = Constraint(
        "unique(calendar_id, holiday_date)", "This public holiday is a closing day of the calendar already."
    )

    def _forget_working_time(self):
        """Only leaves that are nobody's own count: a person's holiday stops no clock."""
        # sudo: the user need not be allowed to read whose leave it is.
        general = self.sudo().filtered(lambda leave: not leave.resource_id)
        return super(ResourceCalendarLeaves, general)._forget_working_time()

    def _get_calendars(self):
        """A leave without a calendar is for the whole company, and so part of all calendars."""
        return self.calendar_id if all(leave.calendar_id for leave in self) else None
