from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class PsaLifecycleTimerDue(models.Model):
    """One time that a timer is due for one ticket in one stay in a stage, and what became of it.

    It waits until its moment, and is void as soon as the ticket leaves the stage.
    """

    _name = "psa.lifecycle.timer.due"
    _description = "Timer of a ticket"
    _inherit = ["psa.lifecycle.timer.firing.mixin"]
    _order = "due_at, id"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    timer_id = fields.Many2one("psa.lifecycle.timer", required=True, readonly=True, index=True, ondelete="cascade")
    name = fields.Char(related="timer_id.what")
    # A plain number: the ledger of moves outlives nothing that refers to it, and none of it is ever deleted.
    move_id = fields.Integer(string="Move that began the stay", required=True, readonly=True)
    occurrence = fields.Integer(string="Time number", required=True, readonly=True)
    due_at = fields.Datetime(string="When", required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("fired", "Done"),
            ("skipped", "Skipped"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
            ("void", "Left the stage"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    ended_at = fields.Datetime(string="Ended on", readonly=True)
    user_id = fields.Many2one("res.users", string="Cancelled by", readonly=True, ondelete="restrict")
    result = fields.Char(readonly=True, help="Why it did not happen as planned.")

    def init(self):
        # once for each stay; what is due is found without reading the rest
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_lifecycle_timer_due_once_idx
                ON psa_lifecycle_timer_due (ticket_id, timer_id, move_id, occurrence);
            CREATE INDEX IF NOT EXISTS psa_lifecycle_timer_due_waiting_idx
                ON psa_lifecycle_timer_due (due_at) WHERE state = 'waiting';
            """
        )

    def action_cancel(self):
        """A person decides that it shall not happen this time."""
        self.ticket_id.check_access("write")
        # sudo: whoever works on the ticket may stop its timers, and write nothing else here.
        dues = self.sudo()
        dues._update_state({"waiting"}, "cancelled", user_id=self.env.uid)
        for due in dues:
            due.ticket_id.with_user(self.env.user).message_post(body=self.env._("Timer cancelled: %s", due.name))

    def _update_state(self, allowed, target, **values):
        """The one door to the state."""
        for due in self:
            if due.state not in allowed:
                raise UserError(
                    self.env._(
                        "“%(timer)s” does not wait any more. Reload the page to see what happened.", timer=due.name
                    )
                )
        self.write({"state": target, "ended_at": fields.Datetime.now(), **values})

    @api.model
    def _plan(self, tickets, timer_ids=None):
        """Plan the timers of the stages that the tickets are in, or those of `timer_ids` only.

        One query for any number of tickets, and none when their stages have no timers. What was planned
        for the same stay before waits again with its new moment, unless it happened or was cancelled.
        """
        timers = self.env["psa.lifecycle.timer"]._get_timers()
        wanted = timers and {
            ticket: [timer for timer in found if timer_ids is None or timer.id in timer_ids]
            for ticket in tickets
            if (found := timers.get((ticket._get_lifecycle().id, ticket.stage_id.id)))
        }
        if wanted:
            self._insert_waiting(
                [
                    (ticket.id, timer.id, rank, moment)
                    for ticket, found in wanted.items()
                    for timer in found
                    for rank, moment in enumerate(
                        timer.get_moments(ticket._get_stay_start(), ticket._get_timer_clock(timer.is_working)), start=1
                    )
                ]
            )

    @api.model
    def _insert_waiting(self, rows):
        if not rows:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psa_lifecycle_timer_due AS due
                    (ticket_id, timer_id, move_id, occurrence, due_at, state)
                SELECT ticket_id, timer_id, COALESCE(
                    (SELECT max(move.id) FROM psa_lifecycle_move AS move WHERE move.ticket_id = plan.ticket_id), 0
                ), occurrence, due_at, 'waiting'
                FROM (VALUES %s) AS plan (ticket_id, timer_id, occurrence, due_at)
                ON CONFLICT (ticket_id, timer_id, move_id, occurrence) DO UPDATE
                    SET due_at = EXCLUDED.due_at, state = EXCLUDED.state, ended_at = NULL
                    WHERE due.state IN ('waiting', 'void')
                """,
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        self.invalidate_model()
        self.env["helpdesk.ticket"].invalidate_model(["timer_due_ids"])

    @api.model
    def _void(self, tickets):
        """The tickets have left the stage: nothing that waited for them there happens any more.

        One statement beside the door to the state, because a move must cost as little as that.
        """
        self.flush_model()
        void = SQL(
            """
            UPDATE psa_lifecycle_timer_due SET state = 'void', ended_at = %s
            WHERE ticket_id IN %s AND state = 'waiting'
            """,
            fields.Datetime.now(),
            tuple(tickets.ids),
        )
        self.env.cr.execute(void)
        self.invalidate_model()
        tickets.invalidate_recordset(["timer_due_ids"], flush=False)
