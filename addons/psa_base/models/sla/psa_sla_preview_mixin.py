from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class OpenTarget(NamedTuple):
    """A target of an open ticket that was not met yet, or was missed."""

    calendar_id: int | None
    target_seconds: int
    used_seconds: int
    is_breached: bool
    is_met: bool
    alerted_ids: frozenset


class PsaSlaPreviewMixin(models.AbstractModel):
    """Tells, in the form of a record whose change moves clocks, what saving would do to open tickets.

    The sentence is computed only while somebody changes the record, because it looks at every open target.
    Models with this mixin write `_count_impact`: how many open targets the change touches, how many of them
    alert at once and how many are missed at once.
    """

    _name = "psa.sla.preview.mixin"
    _description = "Preview of a change to SLA clocks"

    impact = fields.Text(compute="_compute_impact", help="What the change does to open tickets once it is saved.")

    @api.depends(lambda self: self._get_preview_fields())
    def _compute_impact(self):
        for record in self:
            record.impact = record._describe_impact() if record._is_changing() else False

    @api.model
    def _get_preview_fields(self):
        """Hook: the fields that move clocks."""
        return ()

    def _is_changing(self):
        """Whether somebody has the record open in a form and has changed a field that moves clocks."""
        if isinstance(self.id, int):
            return False
        origin = self._origin
        return not origin or any(_plain(self[name]) != _plain(origin[name]) for name in self._get_preview_fields())

    def _describe_impact(self):
        touched, alerts, breaches = self._count_impact()
        if not touched:
            return self.env._("No open target is touched by this change.")
        return self.env._(
            "When you save: %(touched)s open targets are touched. At once, %(alerts)s of them alert and "
            "%(breaches)s are missed.",
            touched=touched,
            alerts=alerts,
            breaches=breaches,
        )

    @api.model
    def _get_open_targets(self, domain):
        """The targets in `domain` of open tickets under a lifecycle, with the working time used up by now."""
        now = fields.Datetime.now()
        # sudo: the change touches every ticket, also those that the user may not read; only their number is told.
        chosen = self.env["helpdesk.ticket.sla"].sudo()._search(domain)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT row.calendar_id, row.target_seconds, row.consumed_seconds, row.running_since,
                       row.breached_at IS NOT NULL, row.met_at IS NOT NULL,
                       ARRAY(
                           SELECT threshold_id FROM psa_sla_alert AS alert
                           WHERE alert.ticket_id = row.ticket_id AND alert.layer = row.layer
                           AND alert.target = row.target
                       )
                FROM helpdesk_ticket_sla AS row
                JOIN helpdesk_ticket AS ticket ON ticket.id = row.ticket_id AND ticket.active
                JOIN helpdesk_ticket_stage AS stage ON stage.id = ticket.stage_id AND NOT COALESCE(stage.closed, false)
                WHERE row.target_seconds IS NOT NULL AND (row.met_at IS NULL OR row.breached_at IS NOT NULL)
                    AND row.id IN %s
                """,
                chosen.subselect(),
            )
        )
        calendar_ids = {row[0] for row in rows}
        hours = {id_: self.env["resource.calendar"].browse(id_ or ())._get_working_time() for id_ in calendar_ids}
        for calendar_id, seconds, used, since, is_breached, is_met, alerted_ids in rows:
            running = hours[calendar_id].between(since, now) if since else 0
            yield OpenTarget(calendar_id, seconds, (used or 0) + running, is_breached, is_met, frozenset(alerted_ids))


def _plain(value):
    return set(value._origin.ids) if isinstance(value, models.BaseModel) else value
