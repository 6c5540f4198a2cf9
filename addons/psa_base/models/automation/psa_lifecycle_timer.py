from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...series import Constraint
from ...tools.calendar.working_time import HOUR

# A change of these plans the timer again for the tickets in its stage.
PLAN_FIELDS = {"active", "hours", "hours_kind", "lifecycle_id", "repeat_count", "repeat_hours", "stage_id"}


class Timer(NamedTuple):
    """A timer as plain data, so that it can be cached across requests."""

    id: int
    seconds: int
    is_working: bool
    repeat_seconds: int
    repeat_count: int

    def get_moments(self, start, working_time):
        """Yield when the timer is due in a stay that began at `start`: first, and each repetition."""
        for rank in range(self.repeat_count + 1 if self.repeat_seconds else 1):
            moment = working_time.after(start, self.seconds + rank * self.repeat_seconds)
            if moment is None:
                return
            yield moment


class PsaLifecycleTimer(models.Model):
    """What happens by itself to a ticket that has been in a stage for a while."""

    _name = "psa.lifecycle.timer"
    _description = "Lifecycle timer"
    _inherit = ["psa.cached.mixin"]
    _order = "lifecycle_id, stage_id, hours, id"

    name = fields.Char(string="In words", compute="_compute_name")
    what = fields.Char(string="What happens", compute="_compute_name")
    lifecycle_id = fields.Many2one("psa.lifecycle", required=True, index=True, ondelete="cascade")
    lifecycle_stage_ids = fields.Many2many(related="lifecycle_id.stage_ids", string="Stages of the lifecycle")
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('id', 'in', lifecycle_stage_ids)]",
    )
    active = fields.Boolean(default=True)
    hours = fields.Float(required=True, default=16.0, aggregator=None)
    hours_kind = fields.Selection(
        [("working", "working hours"), ("calendar", "hours")],
        string="Kind of hours",
        required=True,
        default="working",
        help="Working hours are those of the team's calendar.",
    )
    action = fields.Selection(
        [
            ("remind", "remind the client by mail"),
            ("activity", "plan an activity"),
            ("note", "leave a note on the ticket"),
            ("move", "move the ticket"),
        ],
        required=True,
        default="remind",
    )
    repeat_hours = fields.Float(
        string="Repeat every", aggregator=None, help="In hours of the same kind. Zero: once only."
    )
    repeat_count = fields.Integer(string="Times to repeat", default=1)
    template_id = fields.Many2one(
        "mail.template",
        string="Mail",
        domain=[("model", "=", "helpdesk.ticket")],
        ondelete="restrict",
        help="Goes to the contact of the ticket.",
    )
    audience = fields.Selection(
        [("assignee", "the assigned user"), ("leader", "the team leader"), ("operations", "Operations")],
        string="For",
        required=True,
        default="assignee",
    )
    text = fields.Char(translate=True, help="What the activity or the note says.")
    target_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="To the stage",
        ondelete="restrict",
        domain="[('id', 'in', lifecycle_stage_ids), ('id', '!=', stage_id)]",
        help="The system makes the move, and the gates on it hold.",
    )
    preview = fields.Char(string="What a change does", compute="_compute_preview")

    _hours_positive = Constraint("CHECK(hours > 0)", "After how many hours? Say more than zero.")
    _repeat_positive = Constraint(
        "CHECK(repeat_hours >= 0 AND repeat_count BETWEEN 0 AND 50)", "A timer repeats up to 50 times."
    )

    @api.constrains("action", "template_id", "text", "target_stage_id", "stage_id")
    def _check_action_is_complete(self):
        needed = {"remind": "template_id", "activity": "text", "note": "text", "move": "target_stage_id"}
        for timer in self:
            field = self._fields[needed[timer.action]]
            if not timer[field.name]:
                label = field._description_string(self.env)
                raise ValidationError(self.env._("Fill in “%s”: the timer needs it.", label))
            if timer.target_stage_id == timer.stage_id:
                raise ValidationError(self.env._("Choose another stage to move to: the ticket is in this one."))

    @api.depends("stage_id", "hours", "hours_kind", "action", "target_stage_id", "text")
    def _compute_name(self):
        kinds, actions = (
            dict(self._fields[name]._description_selection(self.env)) for name in ("hours_kind", "action")
        )
        for timer in self:
            what = timer._describe_action(actions)
            timer.what = what[:1].upper() + what[1:]
            timer.name = self.env._(
                "%(stage)s, after %(hours)g %(kind)s: %(what)s",
                stage=timer.stage_id.name or "…",
                hours=timer.hours,
                kind=kinds.get(timer.hours_kind),
                what=what,
            )

    def _describe_action(self, actions):
        if self.action == "move" and self.target_stage_id:
            return self.env._("move to %s", self.target_stage_id.name)
        return self.text if self.action == "activity" and self.text else actions.get(self.action, "…")

    @api.depends(*PLAN_FIELDS)
    def _compute_preview(self):
        for timer in self:
            tickets = timer._get_open_tickets()
            late = len((tickets - timer._get_settled_tickets(tickets)).filtered(timer._is_due_for))
            said = [self.env._("Tickets in %(stage)s now: %(count)s.", stage=timer.stage_id.name, count=len(tickets))]
            if late:
                said.append(self.env._("For %s of them it is due already: it happens within minutes of saving.", late))
            timer.preview = bool(tickets) and " ".join(said)

    @api.model_create_multi
    def create(self, vals_list):
        timers = super().create(vals_list)
        timers._plan_again()
        return timers

    def write(self, vals):
        result = super().write(vals)
        if PLAN_FIELDS & vals.keys():
            self._plan_again()
        return result

    @api.model
    @tools.ormcache()
    def _get_timers(self):
        """The active timers by (lifecycle, stage), as plain data."""
        timers = {}
        # sudo: timers are planned for whoever moves a ticket, also for those who may not read timers.
        for timer in self.sudo().search([("active", "=", True)]):
            timers.setdefault((timer.lifecycle_id.id, timer.stage_id.id), []).append(timer._get_data())
        return timers

    def _get_data(self):
        return Timer(
            self._origin.id,
            round(self.hours * HOUR),
            self.hours_kind == "working",
            round(self.repeat_hours * HOUR),
            self.repeat_count,
        )

    def _get_open_tickets(self):
        """The tickets that are in the stage of the timer now."""
        # sudo: a timer is for all tickets of its lifecycle, also for those that the administrator may not see.
        tickets = self.env["helpdesk.ticket"].sudo()
        return tickets.search(
            [("team_id.lifecycle_id", "=", self.lifecycle_id.id), ("stage_id", "=", self.stage_id.id)]
        )

    def _get_settled_tickets(self, tickets):
        """Those of the tickets for which the timer has happened in this stay already, or was cancelled."""
        # sudo: what happened counts also for tickets that the administrator may not see.
        dues = self.env["psa.lifecycle.timer.due"].sudo()
        settled = dues.search(
            [
                ("timer_id", "=", self._origin.id),
                ("ticket_id", "in", tickets.ids),
                ("state", "not in", ("waiting", "void")),
            ]
        )
        return settled.filtered(lambda due: due.ended_at >= due.ticket_id._get_stay_start()).ticket_id

    def _is_due_for(self, ticket):
        data = self._get_data()
        moments = data.get_moments(ticket._get_stay_start(), ticket._get_timer_clock(data.is_working))
        return next(moments, fields.Datetime.now()) < fields.Datetime.now()

    def _plan_again(self):
        """Plan the timers anew for tickets that wait in their stages; what happened or was cancelled stays so."""
        # sudo: nobody may write waiting times of a timer by hand, not even an administrator.
        dues = self.env["psa.lifecycle.timer.due"].sudo()
        dues.search([("timer_id", "in", self.ids), ("state", "=", "waiting")])._update_state({"waiting"}, "void")
        for timer in self.filtered("active"):
            dues._plan(timer._get_open_tickets(), {timer.id})
