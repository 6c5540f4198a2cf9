from datetime import timedelta

from pytz import UTC, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError

WEEK = timedelta(weeks=1)
# How far ahead the weeks of a repeated window are laid out.
WEEKS_AHEAD = 8


class PsaMaintenanceWeekMixin(models.AbstractModel):
    """Windows that come every week: a row for each of the weeks to come, which hang on the first one."""

    _name = "psa.maintenance.week.mixin"
    _description = "Weekly maintenance"

    is_weekly = fields.Boolean(string="Every week", help="At the same time of the day, in the time zone of who works.")
    repeat_until = fields.Date(string="Until", help="Empty: for ever.")
    origin_id = fields.Many2one(
        "psa.maintenance.window",
        string="First of the weeks",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
    )
    week_ids = fields.One2many("psa.maintenance.window", "origin_id", string="Further weeks", readonly=True)
    planned_end_at = fields.Datetime(
        string="Planned to",
        readonly=True,
        copy=False,
        help="When it was to end, before somebody ended it early. Further weeks last as long as planned.",
    )

    @api.constrains("is_weekly", "start_at", "end_at")
    def _check_week(self):
        for window in self.filtered("is_weekly"):
            if window._get_planned_duration() >= WEEK:
                raise ValidationError(self.env._("A weekly window is shorter than a week."))

    @api.model_create_multi
    def create(self, vals_list):
        windows = super().create(vals_list)
        windows._lay_out_weeks()
        return windows

    def write(self, vals):
        if "end_at" in vals:
            # an end that is entered is the plan
            vals = {**vals, "planned_end_at": False}
        result = super().write(vals)
        if not {"origin_id", "week_ids"} >= vals.keys():
            self._lay_out_weeks(is_anew=True)
        return result

    def _end_early(self, now):  # pylint: disable=missing-return
        """End these alone: the weeks to come stay as they are, and those that are laid out later last as planned."""
        for end_at, windows in self.grouped("end_at").items():
            # past `write`, which would lay out the weeks to come anew
            super(PsaMaintenanceWeekMixin, windows).write({"end_at": now, "planned_end_at": end_at})

    def _get_planned_duration(self):
        return (self.planned_end_at or self.end_at) - self.start_at

    def _lay_out_weeks(self, is_anew=False):
        """The rows for the weeks to come of weekly windows; with `is_anew`, those that have not begun are replaced."""
        now = fields.Datetime.now()
        firsts = self.filtered(lambda window: not window.origin_id)
        if is_anew:
            firsts.with_context(active_test=False).week_ids.filtered(lambda week: week.start_at > now).unlink()
        rows = []
        for first in firsts.filtered(lambda window: window.is_weekly and window.active):
            last = max(first.with_context(active_test=False).week_ids.mapped("start_at"), default=first.start_at)
            rows += [
                first._prepare_week(start) for start in first._iter_starts(now + WEEKS_AHEAD * WEEK) if start > last
            ]
        if rows:
            self.create(rows)

    def _iter_starts(self, horizon):
        """When the further weeks start: at the same time by the clock on the wall."""
        zone = timezone(self.user_id.tz or self.env.user.tz or "UTC")
        local = UTC.localize(self.start_at).astimezone(zone).replace(tzinfo=None)
        while True:
            local += WEEK
            start = zone.localize(local).astimezone(UTC).replace(tzinfo=None)
            if start > horizon or (self.repeat_until and local.date() > self.repeat_until):
                return
            yield start

    def _prepare_week(self, start):
        return {
            "name": self.name,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "asset_ids": [fields.Command.set(self.asset_ids.ids)],
            "connection_id": self.connection_id.id,
            "user_id": self.user_id.id,
            "start_at": start,
            "end_at": start + self._get_planned_duration(),
            "origin_id": self.id,
        }

    @api.model
    def _cron_lay_out_weeks(self):
        self.search([("is_weekly", "=", True), ("origin_id", "=", False)])._lay_out_weeks()
