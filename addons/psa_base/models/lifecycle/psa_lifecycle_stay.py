from odoo import fields, models
from odoo.tools import SQL

from ...tools import origin

HOUR = 3600


class PsaLifecycleStay(models.Model):
    """A ticket's stay in a stage, from its arrival there until it went on; open while it is there.

    Read from the ledger of moves. Time in a stage that closes tickets counts once they have left it.
    """

    _name = "psa.lifecycle.stay"
    _description = "Time in stage"
    _auto = False
    _order = "id desc"
    _rec_name = "stage_id"
    _depends = {
        "psa.lifecycle.move": ["ticket_id"],
        "helpdesk.ticket": ["team_id", "stage_entered_at", "partner_id", "commercial_partner_id", "vendor_id"],
        "helpdesk.ticket.team": ["resource_calendar_id"],
        "helpdesk.ticket.stage": ["closed", "is_waiting_for_vendor"],
    }

    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    lifecycle_id = fields.Many2one("psa.lifecycle", readonly=True)
    stage_id = fields.Many2one("helpdesk.ticket.stage", readonly=True)
    entered_at = fields.Datetime(string="Entered", readonly=True)
    entered_by_id = fields.Many2one("res.users", string="Moved in by", readonly=True)
    entered_how = fields.Selection(origin.SELECTION, string="Came in by", readonly=True)
    left_at = fields.Datetime(string="Left", readonly=True)
    left_by_id = fields.Many2one("res.users", string="Moved on by", readonly=True)
    left_how = fields.Selection(origin.SELECTION, string="Went on by", readonly=True)
    is_open = fields.Boolean(string="Still there", readonly=True)
    is_override = fields.Boolean(string="Put there by override", readonly=True)
    warning = fields.Text(readonly=True)
    hours = fields.Float(string="Calendar hours in stage", readonly=True)
    working_hours = fields.Float(string="Working hours in stage", readonly=True)
    average_hours = fields.Float(string="Calendar hours, average", readonly=True, aggregator="avg")
    average_working_hours = fields.Float(string="Working hours, average", readonly=True, aggregator="avg")
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    vendor_id = fields.Many2one("res.partner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @property
    def _table_query(self):
        now = fields.Datetime.now()
        ticket_ids, hours = self._get_waiting_hours(now)
        return SQL(
            """
            SELECT stay.*, stay.hours AS average_hours, stay.working_hours AS average_working_hours FROM (
                SELECT move.id, move.ticket_id, move.lifecycle_id, move.to_stage_id AS stage_id,
                       move.moved_at AS entered_at, move.user_id AS entered_by_id, move.origin AS entered_how,
                       move.is_override, move.warning,
                       next.moved_at AS left_at, next.user_id AS left_by_id, next.origin AS left_how,
                       next.id IS NULL AS is_open,
                       CASE WHEN next.id IS NOT NULL THEN next.stay_hours WHEN stage.closed THEN 0
                            ELSE extract(epoch FROM %(now)s - move.moved_at) / %(hour)s END AS hours,
                       CASE WHEN next.id IS NOT NULL THEN next.stay_working_hours
                            ELSE coalesce(waiting.hours, 0) END AS working_hours,
                       CASE WHEN next.id IS NOT NULL THEN next.vendor_id
                            WHEN stage.is_waiting_for_vendor THEN ticket.vendor_id END AS vendor_id,
                       ticket.team_id, ticket.commercial_partner_id, ticket.company_id
                FROM psa_lifecycle_move AS move
                JOIN helpdesk_ticket AS ticket ON ticket.id = move.ticket_id
                JOIN helpdesk_ticket_stage AS stage ON stage.id = move.to_stage_id
                LEFT JOIN LATERAL (
                    SELECT * FROM psa_lifecycle_move AS later
                    WHERE later.ticket_id = move.ticket_id AND later.id > move.id ORDER BY later.id LIMIT 1
                ) AS next ON true
                LEFT JOIN unnest(%(ticket_ids)s::int[], %(hours)s::float[]) AS waiting (ticket_id, hours)
                       ON next.id IS NULL AND waiting.ticket_id = move.ticket_id
                WHERE move.lifecycle_id IS NOT NULL
            ) AS stay
            """,
            now=now,
            hour=HOUR,
            ticket_ids=ticket_ids,
            hours=hours,
        )

    def _get_waiting_hours(self, now):
        """The open tickets, and the working hours that each has been in its stage until now.

        Stays that are over have their hours in the ledger. Those that go on are calculated here.
        """
        waiting = self.env.execute_query(
            SQL(
                """
                SELECT ticket.id, team.resource_calendar_id, ticket.stage_entered_at
                FROM helpdesk_ticket AS ticket
                JOIN helpdesk_ticket_team AS team ON team.id = ticket.team_id
                JOIN helpdesk_ticket_stage AS stage ON stage.id = ticket.stage_id
                WHERE team.lifecycle_id IS NOT NULL AND ticket.stage_entered_at < %s AND stage.closed IS NOT TRUE
                """,
                now,
            )
        )
        calendars = self.env["resource.calendar"]
        times = {id_: calendars.browse(id_)._get_working_time() for id_ in {id_ for _, id_, _ in waiting}}
        hours = [times[calendar_id].between(entered_at, now) / HOUR for _, calendar_id, entered_at in waiting]
        return [ticket_id for ticket_id, _, _ in waiting], hours

    def action_open_ticket(self):
        return self.ticket_id.get_formview_action()
