from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ...roles import PROVIDER
from ...series import ALL_GROUP_USERS
from ...tools.calendar.working_time import WorkingTime
from ...tools.origin import Origin, find_origin


class HelpdeskTicket(models.Model):
    """What the system does to a ticket by itself: on its arrival in a stage, while it waits, on the client's reply."""

    _inherit = "helpdesk.ticket"

    timer_due_ids = fields.One2many(
        "psa.lifecycle.timer.due",
        "ticket_id",
        string="Waiting timers",
        domain=[("state", "=", "waiting")],
        readonly=True,
        groups=PROVIDER,
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._begin_stay({})
        return tickets

    def _lifecycle_after_move(self, from_stages):
        result = super()._lifecycle_after_move(from_stages)
        self._begin_stay(from_stages)
        return result

    # --- How the system acts on a ticket: timers, replies and monitoring do it by these. ---

    def _move_as_system(self, stage, origin):
        """Move the ticket as the system, which has no role to be asked for; gates hold for it, too."""
        # The superuser: timers and replies move tickets whoever runs the scheduler or writes the reply.
        ticket = self.with_user(SUPERUSER_ID).with_context(**origin.context)
        ticket.write({"stage_id": stage.id})

    def _mail_to_contact(self, template):
        """Mail the template to the contact, by the mail queue; tell whether there was anybody to mail to."""
        if not template:
            return False
        if self.partner_id.email:
            self.with_context(mail_notify_force_send=False).message_post_with_source(
                template,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.partner_id.ids,
                email_layout_xmlid="mail.mail_notification_light",
            )
        elif self.partner_email:
            template.send_mail(self.id, force_send=False, email_values={"email_to": self.partner_email})
        return bool(self.partner_id.email or self.partner_email)

    def _plan_activity_for(self, audience, summary, note=""):
        """Plan a to-do for the assignee, the leader of the team or Operations."""
        user = self._get_user_for(audience)
        self.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, note=note, user_id=(user or self.env.user).id
        )

    def _get_user_for(self, audience):
        """The person to tell: the one asked for if there is one, else the leader, else Operations."""
        leader = self.team_id.user_id
        if audience == "assignee" and self.user_id.active:
            return self.user_id
        if audience != "operations" and leader.active:
            return leader
        return self._get_operations_user()

    def _get_operations_user(self):
        """The dispatcher of the ticket: the team's leader or a member with the role, else anybody with it."""
        team = self.team_id
        people = self.env.ref("psa_base.group_operations")[ALL_GROUP_USERS]
        people = people.filtered(lambda user: user.active and self.company_id in user.company_ids)
        dispatchers = people.filtered(lambda user: not user.has_group("psa_base.group_admin"))
        return (team.user_id & people or team.user_ids & people or dispatchers or people)[:1]

    # --- What begins when a ticket comes into a stage: its timers, and the actions on arrival. ---

    def _begin_stay(self, from_stages):
        """Plan the timers of the tickets' stages, then run the actions on arrival, which may count on the timers.

        `from_stages` says which stage each ticket has left, by its id; a new ticket has left none.
        """
        # sudo: the system acts whoever moved the ticket, and nobody may write timers by hand.
        tickets = self.sudo()
        dues = tickets.env["psa.lifecycle.timer.due"]
        timed = {stage_id for _lifecycle_id, stage_id in tickets.env["psa.lifecycle.timer"]._get_timers()}
        if left := tickets.filtered(lambda ticket: ticket.id in from_stages and from_stages[ticket.id].id in timed):
            dues._void(left)
        dues._plan(tickets)
        tickets._run_actions(from_stages)

    def _get_stay_start(self):
        return self.stage_entered_at or self.last_stage_update

    def _get_timer_clock(self, is_working):
        return self.team_id.resource_calendar_id._get_working_time() if is_working else WorkingTime.always()

    def _run_actions(self, from_stages):
        """Run the actions on arrival in the tickets' stages, each once for all its tickets."""
        if not any(
            lifecycle._get_rules().action_ids.keys() & set(self.stage_id.ids) for lifecycle in self.team_id.lifecycle_id
        ):
            return
        for (lifecycle, stage), arrived in self._group_by_place().items():
            action_ids = lifecycle._get_rules().action_ids.get(stage.id, ())
            for action in self.env["psa.lifecycle.action"].browse(action_ids):
                move = action.transition_id
                met = arrived.filtered(
                    lambda ticket, move=move: not move or from_stages.get(ticket.id) == move.from_stage_id
                )
                if met:
                    action._run(met)

    # --- The client's reply: it moves the ticket on, or tells Operations that a closed one was answered. ---

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        lifecycle = self._get_lifecycle()
        if lifecycle and self._is_client_reply(message):
            self._follow_reply(lifecycle, message)
        return result

    def _is_client_reply(self, message):
        """Whether a person of the client wrote this for us to read."""
        # sudo: whether this is a reply of the client is the same for whoever posts it, whatever they may read.
        message, ticket = message.sudo(), self.sudo()
        if self.env.context.get("psa_is_auto_reply") or message.message_type not in ("comment", "email"):
            return False
        if message.is_internal or message.subtype_id.internal or not message.subtype_id:
            return False
        author, sender = self._get_reply_writer(message)
        if author.user_ids.filtered(lambda user: not user.share):
            return False
        is_colleague = author and author.commercial_partner_id == ticket.commercial_partner_id
        address = email_normalize(ticket.partner_email or "")
        return is_colleague or bool(address and email_normalize(sender or "") == address)

    def _get_reply_writer(self, message):
        """Who wrote it, and from which address. Whoever posts by RPC can name anybody as the author."""
        user = self.env.user
        if self.env.su or user._is_public() or find_origin(self.env) is Origin.MAIL:
            return message.author_id, message.email_from
        return user.partner_id, user.email

    def _follow_reply(self, lifecycle, message):
        # sudo: the client's answer counts, though clients cannot write on tickets.
        ticket = self.sudo()
        stage_id = self.env["psa.lifecycle.transition"]._get_reply_moves().get((lifecycle.id, ticket.stage_id.id))
        if stage_id:
            ticket._move_on_reply(ticket.stage_id.browse(stage_id), self._get_reply_origin(message))
        elif ticket.stage_id.closed:
            ticket._tell_of_late_reply()

    def _move_on_reply(self, stage, origin):
        """Move the ticket on; when a gate refuses, the client's message stays all the same."""
        try:
            with self.env.cr.savepoint():
                self._move_as_system(stage, origin)
        except UserError as refusal:
            summary = self.env._("The client replied, and the ticket could not move to %s", stage.name)
            self._plan_activity_for("assignee", summary, refusal.args[0])

    def _get_reply_origin(self, message):
        # sudo: the kind of a message is no secret.
        return Origin.MAIL if message.sudo().message_type == "email" else find_origin(self.env)

    def _tell_of_late_reply(self):
        """Nothing leaves a closed stage by itself: Operations opens a new ticket or overrides, and is told once."""
        kind = self.env.ref("psa_base.mail_activity_type_late_reply")
        if kind not in self.activity_ids.activity_type_id:
            self.activity_schedule(
                "psa_base.mail_activity_type_late_reply", user_id=(self._get_operations_user() or self.env.user).id
            )
