from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.windows import RELOAD, show_notification


class PsaPublicHolidayWizard(models.TransientModel):
    """A dialog that lists the public holidays of some years, for a person to choose closing days from."""

    _name = "psa.public.holiday.wizard"
    _description = "Add public holidays"

    calendar_id = fields.Many2one("resource.calendar", required=True, ondelete="cascade")
    country_id = fields.Many2one(
        "res.country", required=True, compute="_compute_region", store=True, readonly=False, precompute=True
    )
    state_id = fields.Many2one(
        "res.country.state",
        compute="_compute_region",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('country_id', '=', country_id)]",
    )
    first_year = fields.Integer(string="First year", required=True, default=lambda self: fields.Date.today().year)
    last_year = fields.Integer(string="Last year", required=True, default=lambda self: fields.Date.today().year + 1)
    line_ids = fields.One2many(
        "psa.public.holiday.wizard.line", "wizard_id", compute="_compute_line_ids", store=True, readonly=False
    )
    new_count = fields.Integer(string="Days to add", compute="_compute_new_count")

    @api.depends("calendar_id")
    def _compute_region(self):
        for wizard in self:
            wizard.country_id = wizard.calendar_id.holiday_country_id or self.env.company.country_id
            wizard.state_id = wizard.calendar_id.holiday_state_id

    @api.depends("calendar_id", "country_id", "state_id", "first_year", "last_year")
    def _compute_line_ids(self):
        for wizard in self:
            known = set(wizard.calendar_id._get_holiday_leaves().mapped("holiday_date"))
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "date": holiday.date,
                        "name": holiday.name,
                        "is_known": holiday.date in known,
                        "is_selected": holiday.date not in known and holiday.from_hour is not None,
                    }
                )
                for holiday in wizard._get_public_holidays()
            ]

    @api.depends("line_ids.is_selected")
    def _compute_new_count(self):
        for wizard in self:
            wizard.new_count = len(wizard.line_ids.filtered("is_selected"))

    def action_add(self):
        self.ensure_one()
        chosen = set(self.line_ids.filtered("is_selected").mapped("date"))
        holidays = [holiday for holiday in self._get_public_holidays() if holiday.date in chosen]
        leaves = self.calendar_id._add_public_holidays(holidays)
        if not leaves:
            raise UserError(self.env._("All these days are closing days already. Choose another year, or close this."))
        message = self.env._(
            "%(count)s closing days added to %(calendar)s.", count=len(leaves), calendar=self.calendar_id.name
        )
        return show_notification("success", message, next=RELOAD)

    def _get_public_holidays(self):
        if not self.country_id or self.last_year < self.first_year or self.last_year - self.first_year > 10:
            return []
        state = self.state_id.filtered(lambda state: state.country_id == self.country_id)
        region = self.calendar_id.new({"holiday_country_id": self.country_id.id, "holiday_state_id": state.id})
        return region._get_public_holidays(range(self.first_year, self.last_year + 1))


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
