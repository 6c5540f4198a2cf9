from datetime import timedelta

from pytz import UTC, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...series import Constraint

WEEK = timedelta(weeks=1)

# For how many weeks ahead a weekly window has its rows.
WEEKS_AHEAD = 8


class PsaMaintenanceWindow(models.Model):
    """A time in which somebody works on devices, so that their alerts are expected and make no tickets.

    It is for a client, a connection or some devices; each that is filled in narrows it. A weekly window has a row for
    each week, and all of them point to the first one.
    """

    _name = "psa.maintenance.window"
    _description = "Maintenance window"
    _order = "start_at desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('is_company', '=', True), ('parent_id', '=', False)]",
        help="Empty: of any client.",
    )
    asset_ids = fields.Many2many(
        "psa.asset",
        string="Devices",
        domain="[('partner_id', '=?', partner_id), ('state', '!=', 'decommissioned')]",
        help="Empty: all devices.",
    )
    connection_id = fields.Many2one(
        "psa.hub.connection", ondelete="cascade", check_company=True, help="Empty: whichever connection reports."
    )
    start_at = fields.Datetime(string="From", required=True, default=fields.Datetime.now)
    end_at = fields.Datetime(
        string="To", required=True, default=lambda self: fields.Datetime.now() + timedelta(hours=2)
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who works",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        ondelete="restrict",
    )
    is_on = fields.Boolean(string="Now", compute="_compute_is_on", search="_search_is_on")

    _ends_after_start = Constraint("CHECK(end_at > start_at)", "A window ends after it starts.")

    def init(self):
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS psa_maintenance_window_end_idx ON psa_maintenance_window (end_at) WHERE active"
        )

    @api.constrains("partner_id", "asset_ids", "connection_id")
    def _check_scope(self):
        for window in self:
            if not (window.partner_id or window.asset_ids or window.connection_id):
                raise ValidationError(
                    self.env._("Say what is worked on: a client, devices or a connection. Else every alert is silent.")
                )
            if window.partner_id and (strangers := window.asset_ids.partner_id - window.partner_id):
                raise ValidationError(
                    self.env._(
                        "The window is for %(client)s, but has devices of %(others)s: take them out.",
                        client=window.partner_id.name,
                        others=", ".join(strangers.mapped("name")),
                    )
                )

    @api.depends("start_at", "end_at", "active")
    def _compute_is_on(self):
        now = fields.Datetime.now()
        for window in self:
            window.is_on = bool(window.active and window.start_at and window.start_at <= now < window.end_at)

    def _search_is_on(self, operator, value):
        now = fields.Datetime.now()
        on = [("active", "=", True), ("start_at", "<=", now), ("end_at", ">", now)]
        if (operator in ("=", "in")) == bool(value):
            return on
        return ["!", "&", "&", *on]

    def action_end_now(self):
        """End the window early. Alerts that are still on become tickets within minutes."""
        self.filtered("is_on")._end_early(fields.Datetime.now())
        return True

    @api.model
    def _find_reason(self, connection, client, asset):
        """Which maintenance makes alerts of the device silent now, in words; empty if none does."""
        self.flush_model()
        self.env["psa.asset"].flush_model(["state", "is_in_maintenance"])
        [(reason,)] = self.env.execute_query(
            SQL(
                """
                SELECT %s FROM (
                    SELECT %s::integer AS connection_id, %s::integer AS company_id, %s::integer AS partner_id,
                           %s::integer AS asset_id
                ) AS place LEFT JOIN psa_asset AS asset ON asset.id = place.asset_id
                """,
                self._get_reason_sql(),
                connection.id,
                connection.company_id.id,
                client.id,
                asset.id or None,
            )
        )
        return self._describe_reason(reason) if reason else ""

    @api.model
    def _get_reason_sql(self):
        """SQL of the reason, for a `place` (a connection, company, client and asset ID) joined with its `asset`."""
        return SQL(
            """
            CASE WHEN asset.state = 'maintenance' THEN 'asset' WHEN asset.is_in_maintenance THEN 'monitoring'
            ELSE (
                SELECT 'window ' || win.name FROM psa_maintenance_window AS win
                WHERE win.active AND win.company_id = place.company_id
                AND win.start_at <= %(now)s AND win.end_at > %(now)s
                AND (win.connection_id IS NULL OR win.connection_id = place.connection_id)
                AND (win.partner_id IS NULL OR win.partner_id = place.partner_id)
                AND (
                    NOT EXISTS (
                        SELECT FROM psa_asset_psa_maintenance_window_rel WHERE psa_maintenance_window_id = win.id
                    )
                    OR EXISTS (
                        SELECT FROM psa_asset_psa_maintenance_window_rel
                        WHERE psa_maintenance_window_id = win.id AND psa_asset_id = place.asset_id
                    )
                )
                ORDER BY win.end_at DESC LIMIT 1
            ) END
            """,
            now=fields.Datetime.now(),
        )

    @api.model
    def _describe_reason(self, reason):
        kind, _space, name = reason.partition(" ")
        return {
            "asset": self.env._("The asset is in maintenance"),
            "monitoring": self.env._("The monitoring system has the device in maintenance"),
        }.get(kind) or self.env._("Maintenance window: %s", name)

    # --- Weekly windows: a row for each of the weeks to come, all of which point to the first one. ---

    is_weekly = fields.Boolean(
        string="Every week", help="At the same time of day, in the time zone of the person who works."
    )
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
        help="When it was to end before somebody ended it early. Further weeks last as long as planned.",
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
            # An end that a person enters is the planned one.
            vals = {**vals, "planned_end_at": False}
        result = super().write(vals)
        if not {"origin_id", "week_ids"} >= vals.keys():
            self._lay_out_weeks(is_anew=True)
        return result

    def _end_early(self, now):  # pylint: disable=missing-return
        """End these windows now. The other weeks stay as they are, and weeks that are added later last as planned."""
        for end_at, windows in self.grouped("end_at").items():
            # Not by `write` of this class, which would make the weeks to come anew.
            super(PsaMaintenanceWindow, windows).write({"end_at": now, "planned_end_at": end_at})

    def _get_planned_duration(self):
        return (self.planned_end_at or self.end_at) - self.start_at

    def _lay_out_weeks(self, is_anew=False):
        """Add the rows for the weeks to come. With `is_anew`, rows of weeks that have not begun are replaced."""
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
        """When the further weeks start: at the same local time, also after a change to summer time."""
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
