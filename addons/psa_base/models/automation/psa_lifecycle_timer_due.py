import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...series import cron_progress
from ...tools.origin import Origin

_logger = logging.getLogger(__name__)

# Tickets in one transaction.
BATCH_SIZE = 50


class PsaLifecycleTimerDue(models.Model):
    """One time that a timer is due for one ticket in one stay in a stage, and what became of it.

    It waits until its moment, and is void as soon as the ticket leaves the stage.
    """

    _name = "psa.lifecycle.timer.due"
    _description = "Timer of a ticket"
    _inherit = ["psa.state.mixin"]
    _order = "due_at, id"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    timer_id = fields.Many2one("psa.lifecycle.timer", required=True, readonly=True, index=True, ondelete="cascade")
    name = fields.Char(related="timer_id.what")
    # A plain number: no row of the ledger is deleted before its ticket, and this row goes with the ticket, too.
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
        # The first index plans each time once for each stay; by the second, what is due is found without the rest.
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_lifecycle_timer_due_once_idx
                ON psa_lifecycle_timer_due (ticket_id, timer_id, move_id, occurrence);
            CREATE INDEX IF NOT EXISTS psa_lifecycle_timer_due_waiting_idx
                ON psa_lifecycle_timer_due (due_at) WHERE state = 'waiting';
            """
        )

    def action_cancel(self):
        """A person has decided that it shall not happen this time."""
        self.ticket_id.check_access("write")
        # sudo: whoever works on the ticket may stop its timers, and write nothing else here.
        dues = self.sudo()
        dues._update_state({"waiting"}, "cancelled", user_id=self.env.uid)
        for due in dues:
            due.ticket_id.with_user(self.env.user).message_post(body=self.env._("Timer cancelled: %s", due.name))

    def _write_state(self, values):
        return super()._write_state({"ended_at": fields.Datetime.now(), **values})

    def _get_state_refusal(self, target):
        return self.env._("“%(timer)s” does not wait any more. Reload the page to see what happened.", timer=self.name)

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

        One statement, without `_update_state`, because a move must cost no more than that.
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

    # --- What happens when timers are due: each once, and only the latest after the scheduler stood still. ---

    @api.model
    def _cron_fire(self):
        """Do what is due, for some tickets in each transaction: what is committed is not done again."""
        while dues := self._lock_due():
            for ticket_dues in dues.grouped("ticket_id").values():
                ticket_dues._fire()
            self.env.flush_all()
            cron_progress(self.env, len(dues), 0)

    @api.model
    def _lock_due(self):
        """Lock what is due for the tickets that have waited longest; leave out what another worker has locked."""
        now = fields.Datetime.now()
        lock = SQL(
            """
            SELECT due.id FROM psa_lifecycle_timer_due AS due
            WHERE due.state = 'waiting' AND due.due_at <= %(now)s AND due.ticket_id IN (
                SELECT waiting.ticket_id FROM psa_lifecycle_timer_due AS waiting
                JOIN helpdesk_ticket AS ticket ON ticket.id = waiting.ticket_id
                WHERE waiting.state = 'waiting' AND waiting.due_at <= %(now)s AND ticket.active
                GROUP BY waiting.ticket_id ORDER BY min(waiting.due_at), waiting.ticket_id LIMIT %(size)s
            )
            ORDER BY due.due_at, due.id FOR UPDATE OF due SKIP LOCKED
            """,
            now=now,
            size=BATCH_SIZE,
        )
        self.flush_model()
        self.env["helpdesk.ticket"].flush_model(["active"])
        return self.browse(due_id for (due_id,) in self.env.execute_query(lock))

    def _fire(self):
        """Do what is due for one ticket. An error is kept and told on the ticket; what failed is not tried again."""
        try:
            with self.env.cr.savepoint():
                self._fire_latest()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except UserError as error:
            self._refuse(error.args[0])
        except Exception as error:
            _logger.exception("Timers %s failed", self.ids)
            self._refuse(str(error))

    def _fire_latest(self):
        """Do the latest reminder and the latest of each other timer, of all that have come due meanwhile."""
        ticket = self.ticket_id
        here = self.filtered(
            lambda due: (
                due.timer_id.stage_id == ticket.stage_id and due.timer_id.lifecycle_id == ticket.team_id.lifecycle_id
            )
        )
        (self - here)._update_state({"waiting"}, "void")
        latest = {}
        for due in here.sorted(lambda due: (due.due_at, due.id)):
            is_reminder = due.timer_id.action == "remind"
            latest["remind" if is_reminder else due.timer_id.id] = due
        moves = here.filtered(lambda due: due.timer_id.action == "move")[:1]
        happening = self.browse(due.id for due in latest.values() if due.timer_id.action != "move")
        late = here - happening - moves
        late._update_state({"waiting"}, "skipped", result=self.env._("A later one happened instead."))
        for due in happening:
            getattr(due, f"_fire_{due.timer_id.action}")()
        if moves:
            moves._fire_move()

    def _fire_remind(self):
        if self.ticket_id._mail_to_contact(self.timer_id.template_id):
            self._update_state({"waiting"}, "fired")
        else:
            self._refuse(self.env._("The ticket has no contact with a mail address, so nobody was reminded."))

    def _fire_activity(self):
        timer, ticket = self.timer_id, self.ticket_id
        ticket._plan_activity_for(timer.audience, timer.text, ticket._describe_vendor())
        self._update_state({"waiting"}, "fired")

    def _fire_note(self):
        self.ticket_id.message_post(body=self.timer_id.text)
        self._update_state({"waiting"}, "fired")

    def _fire_move(self):
        """Move the ticket, if the client was warned in time: warn before you act."""
        reminders = self._get_warnings()
        warned = reminders.filtered(lambda due: due.state == "fired")
        if not warned and reminders.filtered(lambda due: due.state == "waiting"):
            self._postpone(timedelta(days=1) + fields.Datetime.now())
            return
        if reminders and not warned:
            self._refuse(self.env._("Nobody was reminded before, so the ticket stays where it is."))
            return
        if warned and (earliest := self._get_earliest(max(warned.mapped("ended_at")))) > fields.Datetime.now():
            self._postpone(earliest)
            return
        timer, ticket = self.timer_id, self.ticket_id
        with self.env.cr.savepoint():
            self._update_state({"waiting"}, "fired")
            ticket._move_as_system(timer.target_stage_id, Origin.AUTOMATION)
            ticket._mail_to_contact(timer.template_id)

    def _get_warnings(self):
        """The reminders of the same stay that were to come before this."""
        others = self.search(
            [
                ("ticket_id", "=", self.ticket_id.id),
                ("move_id", "=", self.move_id),
                ("timer_id.action", "=", "remind"),
                ("state", "!=", "void"),
            ]
        )
        return others.filtered(lambda due: due.due_at <= self.due_at)

    def _get_earliest(self, warned_at):
        """A working day after the client was warned."""
        calendar = self.ticket_id.team_id.resource_calendar_id
        day = round((calendar.hours_per_day or 24) * 3600)
        return calendar._get_working_time().after(warned_at, day) or warned_at

    def _postpone(self, moment):
        self.write({"due_at": moment, "result": self.env._("Waits for a working day after the last reminder.")})

    def _refuse(self, reason):
        """Keep that it did not happen, and plan an activity that says so."""
        self._update_state({"waiting"}, "refused", result=reason)
        for due in self:
            due.ticket_id._plan_activity_for("assignee", self.env._("Did not happen: %s", due.name), reason)
