from odoo import api, fields, models
from odoo.tools import format_date


class PsaPublicHolidayWizardLine(models.TransientModel):
    """A public holiday that may become a closing day."""

    _name = "psa.public.holiday.wizard.line"
    _description = "Public holiday to add"
    _order = "date"

    wizard_id = fields.Many2one("psa.public.holiday.wizard", required=True, ondelete="cascade")
    date = fields.Date(required=True, readonly=True)
    weekday = fields.Char(compute="_compute_weekday")
    name = fields.Char(string="Holiday", required=True, readonly=True)
    is_known = fields.Boolean(string="Closed already", readonly=True)
    is_selected = fields.Boolean(string="Add")

    @api.depends("date")
    def _compute_weekday(self):
        for line in self:
            line.weekday = format_date(self.env, line.date, date_format="EEEE")
