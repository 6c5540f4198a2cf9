from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class OpenTarget(NamedTuple):
    """A target that has not been met yet, or that was missed, of an open ticket."""

    calendar_id: int | None
    target_seconds: int
    used_seconds: int
    is_breached: bool
    is_met: bool
    alerted_ids: frozenset


class PsaSlaPreviewMixin(models.AbstractModel):
    """A record whose change moves the clocks of open tickets: says in the form what saving it would do.

    The sentence is worked out when somebody changes the record and at no other time, because it looks at
    every open target. Each such record says in `_count_impact` how many of them the change touches, how
    many alert at once and how many are missed at once.
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
        """Whether somebody is at work on it in a form, and has changed what counts."""
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
        """The targets of open tickets under a lifecycle among these, with the working time used up by now."""
        now = fields.Datetime.now()
        # sudo: what a change does, it does to all tickets, also to those that the user may not see.
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
