from odoo import fields, models

from ...series import Constraint


class ResourceCalendarLeaves(models.Model):
    _name = "resource.calendar.leaves"
    _inherit = ["psa.working.time.mixin", "resource.calendar.leaves"]

    holiday_date = fields.Date(
        string="Public holiday",
        readonly=True,
        index="btree_not_null",
        help="The public holiday that this closing day was made for, whatever hours it has been given since.",
    )

    _holiday_once = Constraint(
        "unique(calendar_id, holiday_date)", "This public holiday is a closing day of the calendar already."
    )

    def _forget_working_time(self):
        """A person's own holiday stops no clock."""
        # sudo: whose leave it is may be more than the user may read.
        general = self.sudo().filtered(lambda leave: not leave.resource_id)
        return super(ResourceCalendarLeaves, general)._forget_working_time()

    def _get_calendars(self):
        """A leave without a calendar is one of the whole company."""
        return self.calendar_id if all(leave.calendar_id for leave in self) else None
