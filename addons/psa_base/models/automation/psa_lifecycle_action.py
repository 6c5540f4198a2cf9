import logging
from datetime import timedelta
from heapq import heapify, heapreplace

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class PsaLifecycleAction(models.Model):
    """Something that the system does for tickets that have just arrived in a stage.

    It never stops the move: an error is told on the ticket.
    """

    _name = "psa.lifecycle.action"
    _description = "Action on arrival"
    _inherit = ["psa.cached.mixin"]
    _order = "lifecycle_id, stage_id, sequence, id"

    lifecycle_id = fields.Many2one("psa.lifecycle", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    stage_id = fields.Many2one("helpdesk.ticket.stage", string="On arrival in", required=True, ondelete="cascade")
    transition_id = fields.Many2one(
        "psa.lifecycle.transition",
        string="Only by the move",
        ondelete="cascade",
        domain="[('lifecycle_id', '=', lifecycle_id), ('to_stage_id', '=', stage_id)]",
        help="Empty: whichever way the ticket came, also when it was created there or put there by override.",
    )
    kind = fields.Selection(
        [("assign", "Assign the ticket"), ("mail", "Send a mail"), ("activity", "Plan an activity")],
        string="What happens",
        required=True,
        default="assign",
    )
    assignment = fields.Selection(
        [("user", "To this person"), ("least_loaded", "To the team member with the fewest open tickets")],
        string="To whom",
        default="least_loaded",
    )
    user_id = fields.Many2one("res.users", string="Person", ondelete="restrict", domain=[("share", "=", False)])
    is_assignee_kept = fields.Boolean(
        string="Keep whoever is assigned", default=True, help="Only tickets that nobody works on are assigned."
    )
    template_id = fields.Many2one(
        "mail.template", string="Mail", ondelete="restrict", domain=[("model", "=", "helpdesk.ticket")]
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Type of activity",
        ondelete="restrict",
        domain=[("res_model", "in", (False, "helpdesk.ticket"))],
        default=lambda self: self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False),
    )
    summary = fields.Char(translate=True)
    audience = fields.Selection(
        [("assignee", "Whoever is assigned"), ("leader", "The team's leader"), ("user", "This person")],
        string="For whom",
        default="assignee",
        help="A ticket that nobody is assigned to goes to the team's leader.",
    )
    days = fields.Integer(string="In days", default=1, help="The activity is due so many days after the arrival.")

    @api.constrains("kind", "assignment", "user_id", "template_id", "activity_type_id", "summary", "audience", "days")
    def _check_is_complete(self):
        for action in self:
            missing = {
                "assign": action.assignment == "user" and not action.user_id,
                "mail": not action.template_id,
                "activity": not (action.activity_type_id and action.summary)
                or (action.audience == "user" and not action.user_id),
            }
            if missing[action.kind]:
                raise ValidationError(
                    self.env._(
                        "Say what the action on arrival in %s needs to know: fill in its fields.", action.stage_id.name
                    )
                )
            if action.days < 0:
                raise ValidationError(self.env._("An activity cannot be due before the ticket arrives."))

    @api.depends("kind", "summary", "template_id.name", "assignment", "user_id.name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        ways = dict(self._fields["assignment"]._description_selection(self.env))
        for action in self:
            what = {
                "assign": action.user_id.name if action.assignment == "user" else ways.get(action.assignment),
                "mail": action.template_id.name,
                "activity": action.summary,
            }
            action.display_name = f"{kinds.get(action.kind)}: {what.get(action.kind) or ''}"

    def _run(self, tickets):
        """Do it for the tickets, all at once; an error undoes this action alone."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                getattr(self, f"_run_{self.kind}")(tickets)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # the whole transaction is stale: whoever called starts again
        except Exception as error:
            _logger.exception("Action %s on arrival of tickets %s failed", self.id, tickets.ids)
            said = self.env._("“%(action)s” did not work: %(error)s", action=self.display_name, error=error)
            tickets._message_log_batch({ticket.id: said for ticket in tickets})

    def _run_mail(self, tickets):
        """The mail goes by the queue, so that no move waits for a mail server."""
        self.template_id.send_mail_batch(tickets.ids, force_send=False)

    def _run_activity(self, tickets):
        due = fields.Date.context_today(self) + timedelta(days=self.days)
        for user, theirs in tickets.grouped(self._get_recipient).items():
            theirs.activity_schedule(
                activity_type_id=self.activity_type_id.id,
                summary=self.summary,
                date_deadline=due,
                user_id=(user or self.env.user).id,
            )

    def _get_recipient(self, ticket):
        if self.audience == "user":
            return self.user_id
        assignee = ticket.user_id if self.audience == "assignee" else self.env["res.users"]
        return assignee.filtered("active") or ticket.team_id.user_id

    # --- Assigning: to one person, or to whoever of the team has the fewest open tickets. ---

    def _run_assign(self, tickets):
        if self.is_assignee_kept:
            tickets = tickets.filtered(lambda ticket: not ticket.user_id)
        if self.assignment == "user":
            tickets.user_id = self.user_id.filtered("active")
            return
        for team, waiting in tickets.grouped("team_id").items():
            for user, theirs in self._share_out(waiting, team.user_ids.filtered("active")).items():
                theirs.user_id = user

    def _share_out(self, tickets, members):
        """Which member gets which tickets: each ticket goes to the member who has the fewest by then."""
        shares = {}
        if not members:
            return shares
        open_tickets = [("user_id", "in", members.ids), ("stage_id.closed", "=", False)]
        counts = dict(tickets._read_group(open_tickets, ["user_id"], ["__count"]))
        loads = [(counts.get(member, 0), member.id) for member in members]
        heapify(loads)
        for ticket in tickets:
            count, user_id = loads[0]
            heapreplace(loads, (count + 1, user_id))
            member = members.browse(user_id)
            shares[member] = shares.get(member, tickets.browse()) | ticket
        return shares
